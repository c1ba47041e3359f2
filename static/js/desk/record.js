// Fills in a form at the desk: the phone's own record screen with the server as its store. Every change is saved within two seconds.

import { createAutosave } from "../autosave.js";
import { b64u, utf8 } from "../bytes.js";
import { Problem } from "../errors.js";
import { sha256 } from "../form/more/digest.js";
import { below } from "../form/more/divisions.js";
import { loadPlan, prepare } from "../form/plan.js";
import { newId } from "../ids.js";
import { fill, h, timer } from "../ui/dom.js";
import { loadLanguage, momentText, setLanguage } from "../ui/i18n.js";
import { openRecord } from "../ui/record.js";
import { wholePage } from "../ui/record-whole.js";
import { createDeskStore, divisionsFrom } from "./store.js";

const AGAIN_MS = 5_000;
const ZONE = "Asia/Shanghai";
/** Taken on the telephone: nobody turns pages while somebody talks. */
const ON_ONE_PAGE = new Set(["F1"]);

const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const given = JSON.parse(at("given").textContent ?? "null");
const told = at("told");
const savedWords = at("saved");
let isOut = false; // on its way, or come back: the server does not have the newest word
const started = performance.now();
/** The server's clock, going on: a computer at the desk may be years wrong. */
const now = () => given.now + Math.round(performance.now() - started);
/** What the last save met: nothing is handed in over it unread. @type {any} */
let inTheWay = null;
const store = createDeskStore({
  ...given,
  token: /** @type {HTMLInputElement} */ (at("token")).value,
  page: newId(now()),
  onElsewhere: (said) => {
    inTheWay = new Problem(said.code, said);
    tell(said, h("a", { href: said.drafts_url }, document.querySelector('a[href="/records"]')?.textContent ?? ""));
    globalThis.history.replaceState(null, "", said.page_url);
  },
  onTold: ofPhone,
});
const divisions = divisionsFrom(given.divisions_url);
/** @type {ReturnType<typeof below> | null} */
let tree = null;
/** Places by name, letters or code, as on a phone. */
const regions = Object.assign(
  async (/** @type {string | null} */ code) => {
    const held = tree ? null : await divisions();
    if (held) tree = below(held);
    return (await tree?.(code)) ?? [];
  },
  { find: (/** @type {string} */ words) => tree?.find(words) ?? [] },
);
let leaving = false;
/** Until the form stands there nobody has typed: a window that only opens a draft must not count as one that wrote. */
let opening = true;
/** @type {any} */
let again = null;

const autosave = createAutosave({
  write: async (/** @type {any} */ body) => {
    const saved_at = await store.save(body);
    savedWords.textContent = (savedWords.dataset.saved ?? "").replace("{time}", momentText(saved_at, ZONE));
  },
  onState: (state, problem) => {
    isOut = state !== "saved";
    savedWords.classList.toggle("failed", state === "failed");
    if (state === "saving") savedWords.textContent = savedWords.dataset.saving ?? "";
    if (state === "failed") failed(/** @type {any} */ (problem));
  },
  timer,
  now: () => performance.now(),
});

/** @param {any} problem what stands in the way; what was typed waits in the page and is tried again */
function failed(problem) {
  // A draft that is no more may have become the record already: handing in tells.
  if (problem?.code !== "draft_not_open") inTheWay = problem;
  savedWords.textContent =
    (problem?.code === "no_network" ? savedWords.dataset.offline : savedWords.dataset.unsaved) ?? "";
  if (problem?.detail?.title) tell(problem.detail);
  clearTimeout(again);
  // What the server refused it refuses again; a line that is cut comes back.
  if (!problem?.detail?.title) again = setTimeout(() => void autosave.flush(), AGAIN_MS);
}

/** @param {{title: string, what_to_do: string}} said @param {...import("../ui/dom.js").Child} more */
function tell(said, ...more) {
  fill(told, h("p", { class: "alert" }, h("strong", null, said.title), " ", said.what_to_do, " ", more));
}

/** What her own phone did with this report meanwhile: said once, not at every save. @param {{title: string, what_to_do: string} | null} said */
function ofPhone(said) {
  const words = said ? said.title + said.what_to_do : "";
  if (words === told.dataset.phone) return;
  told.dataset.phone = words;
  if (said) tell(said, h("a", { href: "/records" }, document.querySelector('a[href="/records"]')?.textContent ?? ""));
}

/** @param {any} value */
const bodyOf = ({ answers, recorded, state }) => ({ answers, recorded, position: state });

/** Who writes stands first, as on a phone. */
const visitors = () =>
  [...(given.visitors ?? [])].sort(
    (/** @type {any} */ a, /** @type {any} */ b) =>
      Number(b.person_id === given.me.person_id) - Number(a.person_id === given.me.person_id),
  );

async function open() {
  const plan = loadPlan(given.plan, { files: given.files });
  await Promise.all([prepare(plan), loadLanguage(given.language)]);
  setLanguage(given.language);
  const screen = openRecord(at("form"), {
    plan,
    answers: given.body?.answers ?? null,
    recorded: given.body?.recorded ?? null,
    state: given.body?.position ?? null,
    mode: given.read ? "read" : "evening",
    at_desk: true,
    in_private: true,
    whole: ON_ONE_PAGE.has(plan.formId) ? wholePage : undefined,
    language: given.language,
    now,
    random: Math.random,
    newId: () => newId(now()),
    hashText: async (/** @type {string} */ text) => b64u(/** @type {any} */ (sha256(utf8(text)))),
    case_id: given.case_id,
    subject: given.subject,
    title: given.title,
    people: given.people,
    facts: {},
    visitors: visitors(),
    prefill: given.prefill,
    regions,
    projects: given.projects,
    media: async (/** @type {string} */ name) => given.media[name] ?? null,
    remarks: given.remarks,
    returned: given.returned,
    sentence: () => refused,
    onChange: (/** @type {any} */ value) => {
      if (opening || given.read) return;
      // "Saved" must not stand there while the newest word is still on its way.
      if (!savedWords.classList.contains("failed")) savedWords.textContent = savedWords.dataset.saving ?? "";
      autosave.change(bodyOf(value));
    },
    onDone: handIn,
    onLeave: () => /** @type {HTMLAnchorElement} */ (document.querySelector(".write-head a")).click(),
    onHandover: () => {},
    askPin: async () => true,
  });
  ofPhone(given.told ?? null);
  at("needs-script").remove();
  screen.shown();
  opening = false;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (document.querySelector(".rec-panel:not([hidden])")) return; // a list or the pad lies open above the form
    // The last word may still lie in its box.
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    if (!submit()) screen.goTo("");
    submit()?.click();
  });
  globalThis.addEventListener("online", () => void autosave.flush());
  globalThis.addEventListener("pagehide", () => void autosave.flush());
  globalThis.addEventListener("beforeunload", (event) => {
    if (leaving || (!autosave.dirty() && !isOut)) return;
    void autosave.flush();
    event.preventDefault();
    event.returnValue = "";
  });
}

const submit = () => /** @type {HTMLButtonElement | null} */ (document.querySelector(".handin-buttons .primary"));

/** What the server said last, for the record screen to show. @type {{title: string, whatToDo: string} | undefined} */
let refused;

/** @param {any} done */
async function handIn({ answers, recorded, replies, visitors }) {
  try {
    inTheWay = null;
    await autosave.flush();
    if (inTheWay) throw inTheWay;
    const { go_to } = await store.handIn({ answers, replies, recorded: { ...recorded, app: "desk" }, visitors });
    autosave.stop();
    leaving = true;
    globalThis.location.assign(go_to);
  } catch (/** @type {any} */ problem) {
    const { title, what_to_do, missing } = problem.detail ?? {};
    const named = (missing ?? []).map((/** @type {any} */ one) => one[given.language]).join(" ");
    refused = title ? { title, whatToDo: `${what_to_do} ${named}`.trim() } : undefined;
    if (!title) refused = { title: savedWords.dataset.offline ?? "", whatToDo: "" };
    throw problem;
  }
}

open().catch((error) => {
  // A form that cannot be opened must not look like an empty one.
  told.textContent = `${told.dataset.failed} ${error instanceof Error ? error.message : error}`;
});
