// Opens a form with photos, papers and sounds on the real record screen; where the bytes go is handed in, as the app's wiring does.
import { loadPlan, prepare } from "/static/js/form/plan.js";
import { loadLanguage } from "/static/js/ui/i18n.js";
import { openRecord } from "/static/js/ui/record.js";

let made = 0;
const id = () => `01900000-0000-7000-8000-${String(++made).padStart(12, "0")}`;
const START = Date.parse("2026-03-02T01:30:00Z");

const harness = {
  screen: null,
  change: null,
  done: null,
  /** File id → {kind, type, bytes}. */
  kept: new Map(),
  dropped: [],
  /** Answers and papers as they were each time they were to be saved at once. */
  noted: [],
  cut: [],
  /** Taken for this record before the phone stopped. */
  loose: [],
  /** The next that is to be kept finds no room. */
  full: false,
  /** What the next that is to be kept waits for; as long as a large file takes. */
  held: null,
  now: START,
  tracks: [],
  listeners: new Set(),
  /** The shell's cover: what it does to a camera. */
  cover() {
    for (const stop of [...harness.listeners]) stop();
  },
  async open({ language = "zh", ...options } = {}) {
    const plan = loadPlan(await (await fetch("/shelf/plan.json")).json());
    await Promise.all([prepare(plan), loadLanguage(language)]);
    const root = document.getElementById("root");
    harness.screen?.close();
    harness.screen = openRecord(root, {
      plan,
      answers: null,
      mode: "visit",
      language,
      title: "甲-017",
      case_id: "case-1",
      now: () => ++harness.now,
      random: () => 0.5,
      newId: id,
      hashText: async (text) => `hash of ${text}`,
      files: async () => drawer,
      onChange: (change) => {
        harness.change = { answers: change.answers, papers: change.papers };
      },
      onDone: async (done) => {
        harness.done = done;
      },
      ...options,
    });
  },
};

/** @param {Uint8Array} bytes @param {any} about */
function keep(bytes, about) {
  if (harness.full) throw Object.assign(new Error("full"), { code: "storage_full" });
  const file = id();
  harness.kept.set(file, { ...about, bytes });
  return { file, hash: `hash of ${file}`, bytes: bytes.length };
}

const bytesOf = async (given) => (given instanceof Blob ? new Uint8Array(await given.arrayBuffer()) : given);

const drawer = {
  async take(given, { kind, type, thumb, taken = harness.now }) {
    await harness.held;
    const value = { ...keep(await bytesOf(given), { kind, type }), kind, type, taken };
    return thumb ? { ...value, thumb: keep(thumb, { kind: "thumb", type: "image/jpeg" }) } : value;
  },
  recording(type) {
    const pieces = [];
    const one = { taken: harness.now, bytes: 0, end: async () => ended(), drop: async () => void forget() };
    const forget = () => harness.cut.splice(harness.cut.indexOf(one), 1);
    const ended = async () => {
      await harness.held;
      const whole = new Uint8Array(await new Blob(pieces).arrayBuffer());
      forget();
      return { ...keep(whole, { kind: "audio", type }), kind: "audio", type, taken: one.taken };
    };
    harness.cut.push(one);
    return {
      write: async (piece) => {
        pieces.push(piece);
        one.bytes += piece.size;
      },
      end: ended,
      drop: one.drop,
    };
  },
  unfinished: async () => harness.cut,
  held: async () => [...harness.loose],
  open: async ({ file }) => harness.kept.get(file)?.bytes.slice().buffer ?? null,
  thumb: async ({ thumb }) => (thumb ? drawer.open(thumb) : null),
  drop: async ({ file }) => void harness.dropped.push(file),
  keep: async ({ file }) => void harness.dropped.splice(harness.dropped.indexOf(file), 1),
  noted: async () => void harness.noted.push(structuredClone(harness.change)),
  standing: async () => [...harness.kept].map(([file, { bytes }], at) => ({ file, bytes: bytes.length, sent: at === 0 ? bytes.length : 0, state: at === 0 ? "safe" : "waiting", reason: null })),
  watch: () => () => {},
  away: (stop) => {
    harness.listeners.add(stop);
    return () => harness.listeners.delete(stop);
  },
  here: async () => true,
  sentence: ({ code }) => ({ title: `出错了：${code}`, whatToDo: "请再试。" }),
};

// Which cameras and microphones are on is the browser's to know; a page only sees those it was given.
const { mediaDevices } = navigator;
const ask = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  harness.tracks.push(...stream.getTracks());
  return stream;
};
globalThis.harness = harness;
