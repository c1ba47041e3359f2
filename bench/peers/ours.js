// Ours: the phone's own record screen, from the phone's own addresses, under the phone's own policy.
import { openRecord } from "/static/js/ui/record.js";

const plan = await (await fetch("form.plan.json")).json();
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

/** Its page, and where it stands in a repeat the card of its row; a long list is a page of its own, where its lines are the choices. */
async function goTo(path, at) {
  const [section] = path.split("/");
  const rows = screen.snapshot().answers[section];
  screen.goTo(Array.isArray(rows) ? path.replace("/", `[${rows[at]._id}].`) : path.replaceAll("/", "."));
}

const lines = () =>
  [...document.querySelectorAll(".rec-panel .picker-row")].map((line) => {
    line.value = line.dataset.value;
    return line;
  });

const question = (path) => [...document.querySelectorAll(".rec-page .q")].filter((one) => one.dataset.path.replace(/\[[^\]]*\]/g, "") === path.replaceAll("/", "."));

probe.start({
  inputs: (path) => question(path).flatMap((one) => [...one.querySelectorAll("input:not([type=radio]), textarea")]),
  choices: (path) => (lines().length ? lines() : question(path).flatMap((one) => [...one.querySelectorAll("input[type=radio]")])),
  open: (path) => question(path)[0].querySelector("button.picker")?.click(),
  rows: () => document.querySelectorAll(".rec-page .card").length,
  goTo,
});
