// Setting up this phone for one person, one small step a page. What was typed right survives every wrong try.
import { fill, focusOn, h } from "./dom.js";
import { t } from "./i18n.js";
import { keypad } from "./keypad.js";
import { button, field, notice, primary } from "./parts.js";
import { readinessCard } from "./readiness.js";

/**
 * @typedef {{code24: string, address: string | null, login: string, password: string, kind: "digits" | "passphrase", secret: string, pin: string}} Answers
 * @typedef {object} EnrolOptions
 * @property {string} code the device code from a QR link, or empty
 * @property {string | null} address of that link
 * @property {import("./readiness.js").Check[]} checks
 * @property {() => Promise<import("./readiness.js").Check[]>} onAll tries all that can be tried
 * @property {(() => void) | null} onTraining to practise; not with a device code in hand, which lives for minutes
 * @property {() => Promise<{digits: number}>} prepare rejects with a problem
 * @property {(text: string) => void} checkCode throws a problem
 * @property {(secret: string, kind: "digits" | "passphrase", digits: number) => Promise<string | null>} checkNewSecret
 * @property {(pin: string) => string | null} checkNewPin
 * @property {(count: number) => string} generateDigits
 * @property {(answers: Answers) => Promise<void>} enrol rejects with a problem
 * @property {import("./parts.js").Sentence} sentence
 * @property {(() => void) | null} onBack to the lock screen, where this phone has a vault already
 * @property {() => void} onUrgent
 */

/** Which page a refusal sends back to; all others stay where they are, to be tried again. @type {Record<string, string>} */
const PAGE_OF = {
  code_form: "credential",
  other_address: "credential",
  enrol_refused: "credential",
  secret_short: "way",
  secret_simple: "way",
  secret_common: "way",
  secret_digits: "way",
  pin_form: "pin",
  pin_simple: "pin",
};

/** @param {HTMLElement} root @param {EnrolOptions} options */
export function openEnrol(root, options) {
  /** @type {Answers} */
  const answers = {
    code24: options.code,
    address: options.address,
    login: "",
    password: "",
    kind: "digits",
    secret: "",
    pin: "",
  };
  let digits = 12;
  const state = h("div", { id: "enrol-state" });
  const page = h("div", { class: "front-page" });
  const foot = options.onBack ? button(t("back"), options.onBack, { class: "btn-quiet" }) : null;
  const top = h(
    "div",
    { class: "front-top" },
    button(t("urgent"), options.onUrgent, { id: "urgent-open", class: "btn-urgent" }),
  );
  fill(root, h("section", { id: "screen-enrol", class: "front" }, top, page, h("div", { class: "front-foot" }, foot)));
  const pages = { welcome, credential, way, pin };
  go("welcome");

  /** @param {keyof typeof pages} name @param {{title: string, whatToDo: string} | null} [said] */
  function go(name, said = null) {
    fill(state, notice(said));
    void pages[name]();
    const heading = page.querySelector("h1");
    if (heading && !said) focusOn(heading);
    page.scrollTop = 0;
  }

  /** @param {string} title @param {string} step @param {...import("./dom.js").Child} children */
  function put(title, step, ...children) {
    fill(page, h("p", { class: "step" }, step), h("h1", { tabindex: "-1" }, title), state, children);
  }

  function welcome() {
    const bad = options.checks.some((check) => check.state === "bad");
    put(
      t("enrol_welcome"),
      "",
      h("p", null, t("enrol_needs")),
      readinessCard(options.checks, options.onAll),
      h(
        "div",
        { class: "actions" },
        primary(t("start"), ready, { id: "enrol-start" }),
        options.onTraining && button(t("training_open"), options.onTraining, { id: "training-open" }),
      ),
      bad && h("p", { class: "hint" }, t("ready_bad")),
    );
  }

  /** Argon2id is measured here once: an old phone gets a longer number and a lighter derivation. */
  async function ready() {
    fill(state, h("p", { role: "status", class: "center" }, t("measuring")));
    try {
      ({ digits } = await options.prepare());
      go("credential");
    } catch (thrown) {
      fill(state, notice(options.sentence(codeOf(thrown))));
    }
  }

  function credential() {
    const code = field({
      label: t("device_code"),
      hint: t("device_code_hint"),
      id: "enrol-code",
      value: inGroups(answers.code24),
      maxlength: 120,
      oninput: (value) => (answers.code24 = value),
    });
    code.input.classList.add("code");
    code.input.setAttribute("autocapitalize", "characters");
    code.input.addEventListener("blur", () => {
      if (!code.input.value.includes("#")) code.input.value = inGroups(code.input.value);
    });
    const login = field({
      label: t("login"),
      id: "enrol-login",
      value: answers.login,
      maxlength: 100,
      oninput: (value) => (answers.login = value),
    });
    const password = field({
      label: t("password"),
      id: "enrol-password",
      value: answers.password,
      masked: true,
      maxlength: 200,
      oninput: (value) => (answers.password = value),
      onenter: next,
    });
    put(
      t("enrol_who"),
      t("step_n", { n: 1, of: 3 }),
      code.element,
      login.element,
      password.element,
      h("div", { class: "actions" }, primary(t("next"), next, { id: "enrol-next" })),
    );

    function next() {
      try {
        options.checkCode(answers.code24);
      } catch (thrown) {
        fill(state, notice(options.sentence(codeOf(thrown))));
        return focusOn(code.input);
      }
      if (!answers.login.trim() || !answers.password) {
        fill(state, notice({ title: t("login_needed"), whatToDo: t("login_needed_do") }));
        return focusOn(answers.login.trim() ? password.input : login.input);
      }
      return go(answers.secret && answers.pin ? "pin" : "way");
    }
  }

  /** How she will open it, chosen and practised: the same pages as for another secret later. */
  async function way() {
    const { askNewSecret } = await import("./more/new-secret.js");
    askNewSecret({
      put: (title, ...children) => {
        put(title, t("step_n", { n: 2, of: 3 }), ...children);
        const heading = page.querySelector("h1");
        if (heading && !state.firstChild) focusOn(heading);
      },
      ...{ state, digits, sentence: options.sentence },
      ...{ generateDigits: options.generateDigits, checkNewSecret: options.checkNewSecret },
      done: (kind, secret) => {
        Object.assign(answers, { kind, secret });
        go("pin");
      },
    });
  }

  function pin() {
    let first = "";
    const hint = h("p", { role: "status", class: "center" }, t("pin_new_hint"));
    const pad = keypad({ length: 6, label: t("pin"), onDone: typed });
    const known = answers.pin
      ? h("div", { class: "actions" }, primary(t("try_again"), finish, { id: "enrol-again" }))
      : null;
    put(
      t("pin_new"),
      t("step_n", { n: 3, of: 3 }),
      known ?? [hint, pad.element],
      known &&
        button(t("pin_other"), () => {
          answers.pin = "";
          go("pin");
        }),
    );

    /** @param {string} typedPin */
    function typed(typedPin) {
      const refused = first ? null : options.checkNewPin(typedPin);
      if (refused) fill(state, notice(options.sentence(refused)));
      else if (!first) {
        first = typedPin;
        fill(state);
        hint.textContent = t("pin_again");
      } else if (first !== typedPin) {
        first = "";
        hint.textContent = t("pin_new_hint");
        fill(state, notice({ title: t("pin_differ"), whatToDo: t("pin_differ_do") }));
      } else {
        answers.pin = typedPin;
        return void finish();
      }
      return pad.clear();
    }
  }

  async function finish() {
    put(t("enrolling"), t("step_n", { n: 3, of: 3 }), h("p", { role: "status", class: "center" }, t("enrolling_wait")));
    fill(state);
    try {
      await options.enrol({ ...answers });
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code.startsWith("pin_")) answers.pin = "";
      go(/** @type {keyof typeof pages} */ (PAGE_OF[code] ?? "pin"), options.sentence(code));
    }
  }
}

/** Groups of four are compared with the paper more easily than 24 in a row. @param {string} code */
function inGroups(code) {
  return (
    code
      .replace(/[\s-]/g, "")
      .toUpperCase()
      .match(/.{1,4}/g) ?? []
  ).join(" ");
}

/** @param {unknown} thrown */
function codeOf(thrown) {
  return /** @type {{code?: string}} */ (thrown)?.code ?? "unknown_problem";
}
