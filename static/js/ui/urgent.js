// Help in two taps, from every screen and from the lock screen: nothing here is required, nothing here can block a call.
import { fill, h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { button, choice, field, notice, sheet, ticks } from "./parts.js";

/**
 * @typedef {{number: string, label: {zh: string, en: string}}} HelpNumber
 * @typedef {{number: string, label: string, at: number}} Call
 * @typedef {{at: number, dangers: string[], called: Call[], place: string, who: string, case_code: string | null, reported_to: string | null, confirms: null}} UrgentBody
 */

/** Public numbers of the whole country; the county's own come after them. @type {HelpNumber[]} */
const EVERYWHERE = [
  { number: "110", label: { zh: "报警", en: "Police" } },
  { number: "120", label: { zh: "急救", en: "Ambulance" } },
  { number: "12338", label: { zh: "妇女维权热线", en: "Women's rights hotline" } },
];
const DANGERS = ["danger_now", "child_harmed", "incapable_harmed", "injury"];
const REPORTED = ["police", "hospital", "civil", "other"];

/**
 * @param {Element} root
 * @param {{numbers: HelpNumber[], caseCode: string | null, now: () => number, onRecord: ((body: UrgentBody) => Promise<void>) | null, onClose: () => void}} options
 *   `onRecord` seals and queues; null where this phone has no vault yet: calling still works
 * @returns {{close: () => void, add: (numbers: HelpNumber[]) => void}} what was filled in and not yet recorded is recorded first; `add`: numbers that came later
 */
export function openUrgent(root, { numbers, caseCode, now, onRecord, onClose }) {
  /** @type {Call[]} */
  const called = [];
  const details = {
    dangers: /** @type {string[]} */ ([]),
    place: "",
    who: "",
    reported_to: /** @type {string | null} */ (null),
  };
  let unsaved = false;
  const state = h("div", { id: "urgent-state" });
  const calls = h("div", { class: "calls" }, EVERYWHERE.map(callLink));
  add(numbers);
  const opened = sheet(
    root,
    { id: "urgent", title: t("urgent"), full: true, onClose: closed },
    calls,
    state,
    onRecord ? form() : notice({ title: t("urgent_no_vault"), whatToDo: t("urgent_no_vault_do") }, "warn"),
  );
  import("./more/first-steps.js").then(({ firstSteps }) => state.before(firstSteps()));
  return { close, add };

  /** After those that are there: nothing moves under a finger. @param {HelpNumber[]} more */
  function add(more) {
    const shown = new Set([...calls.children].map((call) => call.getAttribute("href")));
    for (const help of more) if (!shown.has(`tel:${help.number}`)) calls.append(callLink(help));
  }

  /** @param {HelpNumber} help */
  function callLink({ number, label }) {
    const press = () => {
      called.push({ number, label: pick(label), at: now() });
      // Sealed at the tap: the phone may be taken away during the call.
      record();
    };
    return h(
      "a",
      { class: "call", href: `tel:${number}`, onclick: press },
      h("strong", null, number),
      h("span", null, pick(label)),
    );
  }

  function form() {
    const changed = (/** @type {Partial<typeof details>} */ part) => {
      Object.assign(details, part);
      unsaved = true;
    };
    return h(
      "section",
      { class: "urgent-form", "aria-label": t("urgent_record") },
      h("h3", null, t("urgent_record")),
      h("p", { class: "hint" }, t("urgent_record_hint")),
      ticks({
        legend: t("urgent_what"),
        options: DANGERS.map((value) => ({ value, label: t(`danger_${value}`) })),
        ontick: (dangers) => changed({ dangers }),
      }),
      field({ label: t("urgent_place"), id: "urgent-place", maxlength: 200, oninput: (place) => changed({ place }) })
        .element,
      field({ label: t("urgent_who"), id: "urgent-who", maxlength: 200, oninput: (who) => changed({ who }) }).element,
      choice({
        legend: t("urgent_reported"),
        options: REPORTED.map((value) => ({ value, label: t(`reported_${value}`) })),
        onpick: (reported_to) => changed({ reported_to }),
      }),
      h("div", { class: "actions" }, button(t("urgent_save"), record, { id: "urgent-save", class: "btn-danger" })),
    );
  }

  /** @returns {Promise<void>} */
  async function record() {
    if (!onRecord) return;
    unsaved = false;
    const body = { at: now(), ...details, called: [...called], case_code: caseCode, confirms: null };
    try {
      await onRecord(body);
      fill(state, notice({ title: t("urgent_saved"), whatToDo: t("urgent_saved_do") }, "ok"));
    } catch {
      unsaved = true;
      fill(state, notice({ title: t("urgent_not_saved"), whatToDo: t("urgent_not_saved_do") }));
    }
  }

  function closed() {
    close();
    onClose();
  }

  function close() {
    if (unsaved) record();
    opened.close();
  }
}
