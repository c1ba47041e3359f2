// What stands on the lock screen beside the secret, and what stands there instead: a PIN, an authenticator, what to do when the secret is
// forgotten, a phone the office has stopped, a lease that is over.
import { fill, focusOn, h } from "../dom.js";
import { t } from "../i18n.js";
import { keypad } from "../keypad.js";
import { button, notice, primary, sheet } from "../parts.js";
import { saving } from "./carrying.js";
import "./words.js";

export { people } from "./people.js";

/**
 * @typedef {"secret" | "pin" | "prf"} Way
 * @param {Element} place below the field of the secret
 * @param {{vault: {ways: Way[], pin_digits: number}, way: Element, bySecret: () => void, attempt: (secret: string, busy: (on: boolean) => void, again: () => void, way: Way) => Promise<void>,
 *   unsent: () => number | null, onEnrol: () => void, onSave: () => Promise<import("./carrying.js").Saved>}} options `way`: where the secret is typed; `unsent`: null where it cannot be told
 */
export function otherWays(place, { vault, way, bySecret, attempt, unsent, onEnrol, onSave }) {
  const at = () => fill(place, buttons());
  at();

  /** @param {Way} [now] */
  function buttons(now = "secret") {
    return [
      now !== "secret" && button(t("unlock_by_secret"), secret, { id: "by-secret" }),
      now !== "pin" && vault.ways.includes("pin") && button(t("unlock_by_pin"), pin, { id: "by-pin" }),
      now !== "prf" && vault.ways.includes("prf") && button(t("prf_open"), prf, { id: "by-prf" }),
      button(t("forgot"), forgotten, { id: "forgot", class: "btn-quiet" }),
    ];
  }

  function secret() {
    bySecret();
    at();
  }

  function pin() {
    const pad = keypad({
      length: vault.pin_digits,
      label: t("pin"),
      onDone: (typed) => attempt(typed, pad.busy, pad.clear, "pin"),
    });
    fill(way, h("p", { class: "hint center" }, t("unlock_by_pin")), pad.element);
    fill(place, buttons("pin"));
    pad.focus();
  }

  function prf() {
    void attempt(
      "-",
      () => {},
      () => {},
      "prf",
    );
  }

  function forgotten() {
    const heading = h("h2", { tabindex: "-1" }, t("forgot_title"));
    const n = unsent();
    fill(
      way,
      h(
        "section",
        { class: "panel", id: "forgotten" },
        heading,
        h("p", null, t("forgot_1")),
        h("p", null, t("forgot_2")),
        h("p", null, t("forgot_3")),
        n !== 0 && notice({ title: n === null ? t("lock_waiting_some") : t("forgot_4", { n }), whatToDo: "" }, "warn"),
        n !== 0 && saving(onSave),
        h("p", null, t("forgot_5")),
        h("div", { class: "actions" }, button(t("new_code"), onEnrol, { id: "forgot-enrol" })),
      ),
    );
    fill(place, button(t("back"), secret, { id: "forgot-back" }));
    focusOn(heading);
  }
}

/** Why she stands before the lock: the ways in were changed, or another vault was wiped. @param {string} reason `ways_changed` or `wiped` */
export const overSaid = (reason) =>
  reason === "wiped"
    ? { title: t("wiped"), whatToDo: t("wiped_do") }
    : { title: t("ways_changed"), whatToDo: t("ways_changed_do") };

/**
 * Instead of the secret: the office has stopped this phone. What was filled in is still sent, or carried there.
 * @param {Element} place @param {{title: string, whatToDo: string}} said @param {{onSend: () => Promise<unknown>, onSave: () => Promise<import("./carrying.js").Saved>, unsent: () => number | null}} acts
 */
export function stopped(place, said, { onSend, onSave, unsent }) {
  const send = sending(t("stopped_try"), "stopped-send", onSend);
  fill(place, notice(said, "warn"), h("div", { class: "actions" }, send), unsent() !== 0 && saving(onSave));
}

/**
 * The keys are there, the lease is over or the clock is wrong: one contact, and she goes on.
 * @param {Element} root @param {{wrongClock: boolean, onSend: () => Promise<{title: string, whatToDo: string} | null>, onUrgent: () => void, onLock: () => void}} options `onSend` gives what went wrong
 */
export function connectOnce(root, { wrongClock, onSend, onUrgent, onLock }) {
  const heading = h("h1", { tabindex: "-1" }, t("lease_connect"));
  const state = h("div", { id: "lease-state" });
  const clock = wrongClock && notice({ title: t("lease_clock"), whatToDo: t("lease_clock_do") }, "warn");
  const send = sending(t("lease_now"), "lease-connect", async () => fill(state, notice(await onSend())));
  fill(
    root,
    h(
      "section",
      { id: "screen-lease", class: "front" },
      h("div", { class: "front-top" }, button(t("urgent"), onUrgent, { id: "urgent-open", class: "btn-urgent" })),
      heading,
      clock,
      h("p", null, t("lease_connect_do")),
      state,
      h("div", { class: "actions" }, send),
      h("div", { class: "front-foot" }, button(t("lock_now"), onLock, { class: "btn-quiet" })),
    ),
  );
  focusOn(heading);
}

/** Told once at each threshold: nobody is to find the door shut unwarned. @param {Element} root @param {number} days */
export function warnOfLease(root, days) {
  const opened = sheet(
    root,
    { id: "lease", title: t("lease_days", { n: days }), onClose: () => opened.close() },
    h("p", null, t("lease_days_do")),
    h(
      "div",
      { class: "actions" },
      primary(t("understood"), () => opened.close(), { id: "lease-understood" }),
    ),
  );
}

/** @param {string} label @param {string} id @param {() => Promise<unknown>} send */
function sending(label, id, send) {
  const press = primary(
    label,
    async () => {
      press.disabled = true;
      await send();
      press.disabled = false;
    },
    { id },
  );
  return press;
}
