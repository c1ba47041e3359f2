// Opens the gallery of widgets on the real record screen; place, clock, ids and the files beside the form are handed in.
import { loadPlan, prepare } from "/static/js/form/plan.js";
import { loadLanguage } from "/static/js/ui/i18n.js";
import { openRecord } from "/static/js/ui/record.js";

let ids = 0;
const harness = {
  changes: [],
  screen: null,
  async open({ language = "zh", lists = true, pictures = true, ...options } = {}) {
    const json = await (await fetch("/gallery/plan.json")).json();
    const files = {};
    for (const { hash, kind } of Object.values(json.files))
      if (kind === "list" && lists) files[hash] = await (await fetch(`/gallery/${hash}`)).json();
    const plan = loadPlan(json, { files });
    await Promise.all([prepare(plan), loadLanguage(language)]);
    const root = document.getElementById("root");
    root.replaceChildren();
    harness.screen = openRecord(root, {
      plan,
      answers: null,
      mode: "visit",
      language,
      title: "甲-017",
      case_id: "case-1",
      now: () => Date.parse("2026-03-02T01:30:00Z"),
      random: () => 0.5,
      newId: () => `01900000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
      hashText: async (text) => `hash of ${text}`,
      media: pictures && (async (name) => (await fetch(`/gallery/${json.files[name].hash}`)).blob()),
      onChange: (change) => harness.changes.push(change.paths),
      ...options,
    });
  },
};
globalThis.harness = harness;
