// Ours: the phone's own record screen, from the phone's own addresses, under the phone's own policy.
import { loadPlan, prepare } from "/static/js/form/plan.js";
import { openRecord } from "/static/js/ui/record.js";

// The plan and its long lists, then the modules that only some plans need.
const read = async (name) => (await fetch(name)).json();
const json = await read("form.plan.json");
const hashes = [...new Set(Object.values(json.files ?? {}).map((file) => file.hash))];
const files = Object.fromEntries(await Promise.all(hashes.map(async (hash) => [hash, await read(`${hash}.json`)])));
const plan = loadPlan(json, { files });
await prepare(plan);
let ids = 0;
const screen = openRecord(document.getElementById("root"), {
  plan,
  answers: null,
  mode: "visit",
  language: "zh",
  title: "甲-017",
  case_id: "case-1",
  subject: "p-1",
  visitors: [],
  remarks: [],
  now: () => Date.now(),
  random: Math.random,
  newId: () => `01900000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
  hashText: async (text) => text,
});
screen.shown();

/** Its page, and where it stands in a repeat the card of its row. */
const goTo = async (path, at) => screen.goTo(pathsOf(path)[at]);

/** A long list is a page of its own, where its lines are the choices. */
const lines = () =>
  [...document.querySelectorAll(".rec-panel .picker-row")].map((line) => {
    line.value = line.dataset.value;
    return line;
  });

/** Where it is drawn, in a repeat one place for each row: a card that is closed has none. */
const question = (path) => pathsOf(path).map((one) => document.querySelector(`.rec-page .q[data-path="${one}"]`));

function pathsOf(path) {
  const [section, ...rest] = path.split("/");
  const rows = screen.snapshot().answers[section];
  return Array.isArray(rows) ? rows.map((row) => `${section}[${row._id}].${rest.join(".")}`) : [path.replaceAll("/", ".")];
}

probe.start({
  inputs: (path) => question(path).map((one) => one?.querySelector("input:not([type=radio]), textarea")),
  choices: (path) => (lines().length ? lines() : question(path).flatMap((one) => [...(one?.querySelectorAll("input[type=radio]") ?? [])])),
  open: (path) => question(path)[0]?.querySelector("button.picker")?.click(),
  line: () => document.querySelector(".rec-panel .picker-row")?.textContent,
  box: () => document.querySelector(".rec-panel input"),
  rows: () => document.querySelectorAll(".rec-page .card").length,
  goTo,
});
