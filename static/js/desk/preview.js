// Tries a form on the phone's own record screen. Nothing is stored and nothing is sent: what is typed lies in this page and goes with it.

import { loadPlan, prepare } from "../form/plan.js";
import { loadLanguage } from "../ui/i18n.js";
import { openRecord } from "../ui/record.js";

const given = JSON.parse(document.getElementById("given")?.textContent ?? "null");
const phone = /** @type {HTMLElement} */ (document.getElementById("phone"));
const told = /** @type {HTMLElement} */ (document.getElementById("told"));
const started = performance.now();
/** @type {ReturnType<typeof openRecord> | null} */
let screen = null;
let ids = 0;

/** @param {string} name of a group of radio buttons */
const chosen = (name) =>
  /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name="${name}"]:checked`))?.value ?? "";

/** A page of the phone begins at its top; its own window does not scroll here, this box does. */
const toTop = () => {
  phone.scrollTop = 0;
};

/** The words around the phone are the desk's: they keep their language. @param {() => unknown} act */
async function keepingDeskLanguage(act) {
  const { lang } = document.documentElement;
  await act();
  phone.lang = document.documentElement.lang;
  document.documentElement.lang = lang;
}

async function open() {
  screen?.close();
  screen = null;
  told.textContent = "";
  phone.replaceChildren();
  try {
    const plan = loadPlan(given.plan, { files: given.files });
    await Promise.all([prepare(plan), loadLanguage(chosen("language"))]);
    await keepingDeskLanguage(() => {
      screen = openRecord(phone, {
        plan,
        answers: null,
        recorded: null,
        state: null,
        mode: chosen("mode"),
        language: chosen("language"),
        // The server's clock, going on: a computer at the desk may be years wrong.
        now: () => given.now + (performance.now() - started),
        random: Math.random,
        newId: () => `01900000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
        // Signatures name the text they stand under; here nobody checks.
        hashText: async () => "",
        case_id: "01900000-0000-7000-8000-000000000000",
        subject: null,
        title: "",
        people: [],
        facts: {},
        visitors: [],
        media: async (/** @type {string} */ name) => given.media[name] ?? null,
        remarks: [],
        returned: null,
        onDone: () => say("handed"),
        onCover: () => say("covered"),
        onLeave: toTop,
        askPin: async () => true,
        onHandover: () => {},
      });
    });
    toTop();
  } catch (error) {
    // A form that phones refuse must not look like an empty one.
    screen = null;
    told.textContent = `${told.dataset.failed} ${error instanceof Error ? error.message : error}`;
  }
}

/** @param {"handed" | "covered"} what */
function say(what) {
  told.textContent = told.dataset[what] ?? "";
}

phone.addEventListener("focusin", (event) => {
  if (/** @type {HTMLElement} */ (event.target).closest("h1")) toTop();
});

/** Type and colours of the whole page, also as a browser brings them back after a reload. */
function dress() {
  const { dataset } = document.documentElement;
  for (const name of ["size", "theme"]) {
    if (chosen(name)) dataset[name] = chosen(name);
    else delete dataset[name];
  }
}

document.addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (phone.contains(input)) return;
  if (input.name === "language") void keepingDeskLanguage(() => screen?.setLanguage(input.value));
  else if (input.name === "mode") screen?.setMode(input.value);
  else dress();
});

document.getElementById("again")?.addEventListener("click", open);
document.getElementById("needs-script")?.remove();
dress();
void open();
