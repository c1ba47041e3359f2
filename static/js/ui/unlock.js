// The lock screen. It knows random refs and public data only.
import { fill, focusOn, h } from "./dom.js";
import { t } from "./i18n.js";
import { keypad } from "./keypad.js";
import { button, field, notice, primary } from "./parts.js";

/**
 * @typedef {"secret" | "pin" | "prf"} Way
 * @typedef {{ref: string, chosen: boolean, kind: "digits" | "passphrase", digits: number, ways: Way[], pin_digits: number, stopped: string | null, sign: string | null}} Listed
 * @param {HTMLElement} root
 * @param {{vaults: Listed[], said: {title: string, whatToDo: string} | null, waiting: string, sentence: import("./parts.js").Sentence,
 *   onUnlock: (ref: string, secret: string, way: Way) => Promise<void>, onChoose: (ref: string) => void, onEnrol: () => void, onUrgent: () => void,
 *   onSend: () => Promise<unknown>, onSave: () => Promise<import("./more/carrying.js").Saved>, unsent: () => number | null, reason: string}} options
 */
export function openUnlock(root, options) {
  const { vaults, said, waiting, sentence, onUnlock, onChoose, onEnrol, onUrgent } = options;
  const vault = vaults.find(({ chosen }) => chosen) ?? vaults[0];
  const state = h("div", { id: "unlock-state" }, notice(said, "warn"));
  const heading = h("h1", { tabindex: "-1" }, t("unlock"));
  const way = h("div", null);
  const others = h("div", { class: "actions", id: "other-ways" });
  const who = h("div", null);
  const bySecret = () => fill(way, vault.kind === "digits" ? digitsWay() : passphraseWay());
  if (!vault.stopped) bySecret();
  void seldom();
  fill(
    root,
    h(
      "section",
      { id: "screen-unlock", class: "front" },
      h("div", { class: "front-top" }, button(t("urgent"), onUrgent, { id: "urgent-open", class: "btn-urgent" })),
      heading,
      state,
      way,
      others,
      who,
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

  /** What few phones have, and nobody waits for. */
  async function seldom() {
    const { otherWays, overSaid, people, stopped } = await import("./more/gates.js");
    fill(who, people(vaults, vault.ref, onChoose));
    if (options.reason === "ways_changed" || options.reason === "wiped")
      fill(state, notice(overSaid(options.reason), "ok"));
    if (vault.stopped) stopped(way, sentence(vault.stopped), options);
    else otherWays(others, { vault, way, bySecret, attempt, ...options });
  }

  /** @param {string} secret @param {(on: boolean) => void} busy @param {() => void} again @param {Way} [by] */
  async function attempt(secret, busy, again, by = "secret") {
    if (!secret) return;
    busy(true);
    fill(state, h("p", { role: "status", class: "center" }, t("unlocking")));
    try {
      await onUnlock(vault.ref, secret, by);
    } catch (thrown) {
      const { code, detail } = /** @type {{code: string, detail?: {tries_left?: number}}} */ (thrown);
      const { title, whatToDo } = sentence(code);
      const left = detail?.tries_left;
      fill(state, notice({ title, whatToDo: left === undefined ? whatToDo : t("tries_left", { n: left }) }));
      again();
    }
  }
}
