// The lock screen. It knows random refs and public data only.
import { fill, focusOn, h } from "./dom.js";
import { t } from "./i18n.js";
import { keypad } from "./keypad.js";
import { button, field, notice, primary } from "./parts.js";

/**
 * @typedef {{ref: string, chosen: boolean, kind: "digits" | "passphrase", digits: number}} Listed
 * @param {HTMLElement} root
 * @param {{vaults: Listed[], said: {title: string, whatToDo: string} | null, waiting: string, sentence: import("./parts.js").Sentence,
 *   onUnlock: (ref: string, secret: string) => Promise<void>, onChoose: (ref: string) => void, onEnrol: () => void, onUrgent: () => void}} options
 */
export function openUnlock(root, { vaults, said, waiting, sentence, onUnlock, onChoose, onEnrol, onUrgent }) {
  const vault = vaults.find(({ chosen }) => chosen) ?? vaults[0];
  const state = h("div", { id: "unlock-state" }, notice(said, "warn"));
  const heading = h("h1", { tabindex: "-1" }, t("unlock"));
  const way = vault.kind === "digits" ? digitsWay() : passphraseWay();
  fill(
    root,
    h(
      "section",
      { id: "screen-unlock", class: "front" },
      h("div", { class: "front-top" }, button(t("urgent"), onUrgent, { id: "urgent-open", class: "btn-urgent" })),
      heading,
      state,
      way,
      vaults.length > 1 &&
        h("div", { class: "people", role: "group", "aria-label": t("who_uses") }, vaults.map(person)),
      h("p", { class: "hint", id: "lock-waiting" }, waiting),
      h("div", { class: "front-foot" }, button(t("new_code"), onEnrol, { id: "enrol-open", class: "btn-quiet" })),
    ),
  );
  focusOn(heading);

  function digitsWay() {
    const pad = keypad({
      length: vault.digits,
      label: t("secret_digits_label"),
      onDone: (secret) => attempt(secret, pad.busy, pad.clear),
    });
    return h("div", null, h("p", { class: "hint center" }, t("unlock_digits", { n: vault.digits })), pad.element);
  }

  function passphraseWay() {
    const secret = field({
      label: t("passphrase"),
      id: "passphrase",
      masked: true,
      maxlength: 200,
      onenter: () => press(),
    });
    const open = primary(t("unlock"), () => press(), { id: "unlock-go" });
    const press = () =>
      attempt(
        secret.input.value,
        (on) => (open.disabled = on),
        () => {
          open.disabled = false;
          secret.input.select();
        },
      );
    return h("div", null, secret.element, h("div", { class: "actions" }, open));
  }

  /** @param {string} secret @param {(on: boolean) => void} busy @param {() => void} again */
  async function attempt(secret, busy, again) {
    if (!secret) return;
    busy(true);
    fill(state, h("p", { role: "status", class: "center" }, t("unlocking")));
    try {
      await onUnlock(vault.ref, secret);
    } catch (thrown) {
      fill(state, notice(sentence(/** @type {{code: string}} */ (thrown).code)));
      again();
    }
  }

  /** @param {Listed} listed @param {number} i */
  function person(listed, i) {
    return h(
      "button",
      { class: "pick", "aria-pressed": String(listed === vault), onclick: () => onChoose(listed.ref) },
      t("person_n", { n: i + 1 }),
    );
  }
}
