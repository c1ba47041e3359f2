// A sound note: up to three minutes, each piece sealed and on disk while she still speaks. How loud it is, in words.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";

const LONGEST_MS = 180_000;
/** What a cut loses at most. */
const PIECE_MS = 2_000;
const LOOK_MS = 500;
/** Speech stays clear at this rate: three minutes are about 540 KB. */
export const BITS_PER_SECOND = 24_000;
const QUIET = 0.01;
const LOUD = 0.6;
/** Safari before 18.4 knows the last one alone. */
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** `2:05` @param {number} ms */
export const minutes = (ms) =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1000)).padStart(2, "0")}`;

/** Which word a level gets. @param {number} level from 0 to 1 @returns {"rec_sound_low" | "rec_sound_good" | "rec_sound_loud"} */
export function levelWord(level) {
  if (level < QUIET) return "rec_sound_low";
  return level > LOUD ? "rec_sound_loud" : "rec_sound_good";
}

/** The loudest sample, from 0 to 1. @param {Float32Array} samples */
export const levelOf = (samples) => samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{why: string, from: HTMLElement | null, files: import("./papers.js").RecordFiles, keep: (value: any) => void}} given
 * @returns {Promise<boolean>} whether something was kept
 */
export function openSound(screen, { why, from, files, keep }) {
  const { now } = screen.options;
  const host = h("div", { class: "camera" });
  const said = h("p", { class: "q-note", role: "status" });
  const clock = h("p", { class: "sound-clock" });
  /** @type {{recorder: MediaRecorder, stream: MediaStream, context: AudioContext, heard: AnalyserNode, to: any, at: number} | null} */
  let running = null;
  /** The pieces that have not reached the disk. @type {Promise<unknown>} */
  let writing = Promise.resolve();
  let over = false;
  let unwanted = false;
  let kept = false;

  return new Promise((resolve) => {
    const look = setInterval(tick, LOOK_MS);
    const stay = files.away(() => close());
    const close = screen.openPanel({ title: t("rec_sound"), body: [host], foot: [], from, onClose: end });
    ready();

    function end() {
      if (over) return;
      over = true;
      clearInterval(look);
      stay();
      silence();
      resolve(kept);
    }

    /** The microphone is off when this returns; what was said lies sealed, and is offered when she comes back. */
    function silence() {
      const was = running;
      running = null;
      if (!was) return null;
      stop(was.stream);
      void was.context.close().catch(() => {});
      return was;
    }

    function tick() {
      if (!host.isConnected) return end();
      if (!running) return;
      const spent = now() - running.at;
      fill(clock, t("rec_sound_clock", { now: minutes(Math.min(spent, LONGEST_MS)), most: minutes(LONGEST_MS) }));
      const samples = new Float32Array(running.heard.fftSize);
      running.heard.getFloatTimeDomainData(samples);
      const words = t(levelWord(levelOf(samples)));
      if (said.textContent !== words) fill(said, words); // told when it changes, not twice a second
      if (spent >= LONGEST_MS) void finish();
    }

    function ready() {
      const start = h("button", { class: "primary wide", onclick: () => void begin(start) }, t("rec_sound_start"));
      fill(said);
      fill(host, h("p", { class: "q-why" }, why), h("p", null, t("rec_sound_how")), said, actions(start, back()));
      start.focus();
    }

    /** @param {HTMLButtonElement} start */
    async function begin(start) {
      start.disabled = true;
      const { MediaRecorder } = globalThis;
      const type = MediaRecorder && TYPES.find((one) => MediaRecorder.isTypeSupported(one));
      try {
        if (!type) throw new Error("no recorder");
        const stream = await navigator.mediaDevices.getUserMedia({ audio: { noiseSuppression: true } });
        if (over) return stop(stream);
        const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
        const context = new AudioContext();
        const heard = context.createAnalyser();
        context.createMediaStreamSource(stream).connect(heard);
        const to = files.recording(type.split(";")[0]);
        running = { recorder, stream, context, heard, to, at: now() };
        recorder.addEventListener("dataavailable", ({ data }) => data.size > 0 && write(to, data));
        recorder.addEventListener("stop", () => running && void finish()); // a call took the microphone: what was said is kept
        recorder.start(PIECE_MS);
        speak();
      } catch (thrown) {
        fill(said, t(/** @type {any} */ (thrown)?.name === "NotAllowedError" ? "rec_sound_refused" : "rec_sound_none"));
        start.disabled = false;
        start.focus();
      }
    }

    /** @param {any} to @param {Blob} piece */
    function write(to, piece) {
      writing = to.write(piece);
      writing.catch((thrown) => {
        silence();
        if (!over) wrong(thrown);
      });
    }

    function speak() {
      const stop = h("button", { class: "primary wide", onclick: () => void finish() }, t("rec_sound_stop"));
      fill(clock, t("rec_sound_clock", { now: minutes(0), most: minutes(LONGEST_MS) }));
      fill(host, h("p", { class: "sound-on" }, t("rec_sound_on")), clock, said, actions(stop, back(drop)));
      stop.focus();
    }

    /** She does not want it: nothing of it stays. */
    function drop() {
      unwanted = true; // also where it is being saved already
      void silence()
        ?.to.drop()
        .catch(() => {});
      close();
    }

    async function finish() {
      const was = running;
      if (!was) return;
      running = null;
      fill(said, t("rec_file_saving"));
      if (was.recorder.state !== "inactive") {
        const last = new Promise((done) => was.recorder.addEventListener("stop", done, { once: true }));
        was.recorder.stop(); // hands its last piece over first
        await last;
      }
      stop(was.stream);
      void was.context.close().catch(() => {});
      try {
        await writing;
        const value = await was.to.end();
        if (unwanted) return void files.drop(value).catch(() => {});
        keep(value);
        kept = true;
        close();
      } catch (thrown) {
        if (!over) wrong(thrown);
      }
    }

    /** @param {unknown} thrown */
    function wrong(thrown) {
      const { title, whatToDo } = files.sentence(thrown);
      fill(host, h("p", { class: "q-error", role: "alert" }, h("strong", null, title), " ", whatToDo), actions(back()));
      host.querySelector("button")?.focus();
    }

    function back(leave = () => close()) {
      return h("button", { class: "choice-button", onclick: leave }, t("rec_sound_leave"));
    }
  });
}

/** @param {...HTMLElement} buttons */
const actions = (...buttons) => h("div", { class: "camera-actions" }, buttons);

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}
