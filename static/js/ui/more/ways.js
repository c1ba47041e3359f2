// The page of the ways in: which open this phone, one more, one less, another secret. Everything asks for the secret first.
import { fill, focusOn, h } from "../dom.js";
import { t } from "../i18n.js";
import { keypad } from "../keypad.js";
import { button, notice } from "../parts.js";
import { askNewSecret } from "./new-secret.js";
import "./words.js";

/** Of the PIN that uncovers the screen; it is chosen before the office's word is known. */
const COVER_DIGITS = 6;

/**
 * @typedef {"secret" | "pin" | "prf"} Way
 * @typedef {object} Ways
 * @property {Way[]} has of this vault
 * @property {Way[]} allowed by the office
 * @property {number} pinDigits
 * @property {number} digits of a generated number
 * @property {number} minimum characters of an own passphrase
 * @property {(take: (secret: string) => void) => Promise<boolean>} askSecret the secret of now; true when it was right
 * @property {(secret: string, pin: string) => Promise<void>} addPin rejects with a problem
 * @property {(secret: string) => Promise<void>} addPrf
 * @property {(secret: string, way: Way) => Promise<void>} remove the phone locks
 * @property {(secret: string, kind: "digits" | "passphrase", next: string) => Promise<void>} change the phone locks
 * @property {(pin: string) => string | null} checkNewPin
 * @property {import("./new-secret.js").Given["checkNewSecret"]} checkNewSecret
 * @property {(count: number) => string} generateDigits
 * @property {import("../parts.js").Sentence} sentence
 * @property {() => void} again draws the page anew
 */

/** @param {HTMLElement} root @param {Ways} ways */
export function openWays(root, ways) {
  const state = h("div", { id: "ways-state" });
  const page = h("div", { id: "ways" });
  fill(root, page);
  list();

  /** @param {string} title @param {...import("../dom.js").Child} children */
  function put(title, ...children) {
    const heading = h("h2", { tabindex: "-1" }, title);
    fill(page, h("section", { class: "group panel" }, heading, state, children));
    focusOn(heading);
  }

  function list() {
    put(
      t("ways_hint"),
      part("secret", t("way_secret"), t("way_secret_hint"), button(t("ways_change"), change, { id: "secret-change" })),
      h("p", { class: "hint" }, t("ways_change_hint")),
      shown("pin") && part("pin", t("way_pin"), t("way_pin_hint", { n: ways.pinDigits }), acts("pin", addPin)),
      shown("prf") && part("prf", t("way_prf"), t("way_prf_hint"), acts("prf", addPrf)),
    );
  }

  /** @param {Way} way */
  function shown(way) {
    return ways.has.includes(way) || ways.allowed.includes(way);
  }

  /** @param {Way} way @param {() => void} add */
  function acts(way, add) {
    if (!ways.has.includes(way)) return button(t("ways_add"), add, { id: `${way}-add` });
    return [
      h("p", { class: "hint" }, t("ways_remove_hint")),
      button(t("ways_remove"), () => withSecret((secret) => attempt(() => ways.remove(secret, way))), {
        id: `${way}-remove`,
      }),
    ];
  }

  function change() {
    withSecret((secret) => {
      const { digits, minimum, generateDigits, checkNewSecret, sentence } = ways;
      const done = (/** @type {"digits" | "passphrase"} */ kind, /** @type {string} */ next) => {
        put(t("way_secret")); // what she practised leaves the screen
        void attempt(() => ways.change(secret, kind, next), list);
      };
      askNewSecret({ put, state, digits, minimum, generateDigits, checkNewSecret, sentence, done });
    });
  }

  function addPin() {
    withSecret((secret) => {
      let first = "";
      // Where the office asks for more digits it is not the one that uncovers the screen.
      const askFirst = t(ways.pinDigits === COVER_DIGITS ? "ways_pin_new" : "ways_pin_own", { n: ways.pinDigits });
      const hint = h("p", { role: "status", class: "center" }, askFirst);
      const pad = keypad({ length: ways.pinDigits, label: t("pin"), onDone: typed });
      put(t("way_pin"), hint, pad.element, button(t("back"), ways.again));
      pad.focus();

      /** @param {string} pin */
      function typed(pin) {
        const refused = ways.checkNewPin(pin);
        if (!first && refused) fill(state, notice(ways.sentence(refused)));
        else if (first && pin !== first) {
          fill(state, notice({ title: t("pin_differ"), whatToDo: t("pin_differ_do") }));
          first = "";
        } else if (first) {
          pad.busy(true);
          return void attempt(() => ways.addPin(secret, pin), pad.clear);
        } else {
          first = pin;
          fill(state);
        }
        hint.textContent = first ? t("ways_pin_again") : askFirst;
        return pad.clear();
      }
    });
  }

  function addPrf() {
    withSecret((secret) => attempt(() => ways.addPrf(secret)));
  }

  /** @param {(secret: string) => unknown} act */
  function withSecret(act) {
    fill(state);
    let secret = "";
    const take = (/** @type {string} */ typed) => {
      secret = typed;
    };
    void ways.askSecret(take).then((right) => right && act(secret));
  }

  /**
   * Deriving keys takes its seconds, and what is still being sealed under the last ones is waited for: meanwhile it is said, and nothing
   * else can be tapped. @param {() => Promise<unknown>} act @param {() => void} [wrong] what is shown again when it failed
   */
  async function attempt(act, wrong) {
    const buttons = [...page.querySelectorAll("button")].filter((one) => !one.disabled);
    for (const one of buttons) one.disabled = true;
    fill(state, h("p", { role: "status", class: "center", id: "ways-busy" }, t("ways_busy")));
    try {
      await act();
      ways.again();
    } catch (thrown) {
      for (const one of buttons) one.disabled = false;
      wrong?.();
      fill(state, notice(ways.sentence(/** @type {{code?: string}} */ (thrown)?.code ?? "unknown_problem")));
    }
  }

  /** @param {Way} way @param {string} title @param {string} hint @param {...import("../dom.js").Child} children */
  function part(way, title, hint, ...children) {
    return h(
      "div",
      { class: "entry-stack", dataset: { way } },
      h("p", null, h("strong", null, title)),
      h("p", { class: "hint" }, hint),
      children,
    );
  }
}
