// Opens the real record screen on a real plan; clock, ids and chance are fixed, what it announces is kept to be looked at.
import { loadPlan, prepare } from "/static/js/form/plan.js";
import { openRecord } from "/static/js/ui/record.js";

let ids = 0;
const harness = {
  changes: [],
  done: [],
  calls: [],
  pin: true,
  screen: null,
  async open(form, options = {}) {
    const plan = loadPlan(await (await fetch(`/plans/${form}.json`)).json());
    await prepare(plan);
    const regions = options.regions && (async (prefix) => options.regions.filter((region) => region.parent === (prefix ?? null)));
    document.getElementById("root").replaceChildren();
    harness.screen = openRecord(document.getElementById("root"), {
      plan,
      answers: null,
      mode: "visit",
      language: "zh",
      title: "甲-017",
      case_id: "case-1",
      subject: "p-self",
      visitors: [
        { person_id: "w-1", name: "访员一", organisation: "wf" },
        { person_id: "w-2", name: "访员二", organisation: "proc" },
      ],
      remarks: [],
      now: () => Date.parse("2026-03-02T01:30:00Z"),
      random: () => 0.5,
      newId: () => `01900000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
      // Not a hash: the vault's worker has that. Enough to tell two texts apart.
      hashText: async (text) => `hash of ${text}`,
      onChange: (change) => harness.changes.push({ answers: change.answers, state: change.state, paths: change.paths }),
      onDone: async (done) => {
        if (harness.refuse) throw Object.assign(new Error("refused"), { code: harness.refuse });
        harness.done.push(done);
      },
      sentence: (code) => ({ title: `${code}!`, whatToDo: "what to do" }),
      onLeave: () => harness.calls.push("leave"),
      onCover: () => harness.calls.push("cover"),
      onUrgent: () => harness.calls.push("urgent"),
      onHandover: (active) => harness.calls.push(active ? "handover" : "handed back"),
      askPin: async () => {
        harness.calls.push("pin");
        return harness.pin;
      },
      ...options,
      ...(regions ? { regions } : {}),
    });
  },
};
globalThis.harness = harness;
