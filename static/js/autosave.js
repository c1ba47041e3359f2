// Every keystroke is on disk, sealed, within two seconds; what could not be saved is kept and said.

const PAUSE_MS = 400;
const MAX_MS = 1_200; // and the rest of the two seconds for sealing and the disk

/**
 * @template V
 * @param {{write: (value: V) => Promise<void>, onState: (state: "saving" | "saved" | "failed", problem?: unknown) => void, timer: {set: (run: () => void, ms: number) => any, clear: (id: any) => void}, now: () => number}} given
 */
export function createAutosave({ write, onState, timer, now }) {
  /** @type {V | undefined} */
  let waiting;
  let since = 0;
  /** @type {any} */
  let alarm = null;
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  return { change, flush, stop, dirty: () => waiting !== undefined };

  /** A pause in typing saves; endless typing saves too, before the two seconds are over. @param {V} value */
  function change(value) {
    if (waiting === undefined) since = now();
    waiting = value;
    timer.clear(alarm);
    const left = Math.max(0, since + MAX_MS - now());
    alarm = timer.set(flush, Math.min(PAUSE_MS, left));
  }

  /** Resolves when all that was changed is on disk; rejects never: a failure is said by `onState` and the value kept. @returns {Promise<void>} */
  function flush() {
    timer.clear(alarm);
    if (waiting === undefined) return last;
    const value = waiting;
    waiting = undefined;
    onState("saving");
    // What was begun after it holds all of it, and says itself how that ended.
    /** @type {Promise<void>} */
    const mine = write(value).then(
      () => onState(waiting === undefined && last === mine ? "saved" : "saving"),
      (problem) => {
        if (last !== mine) return;
        waiting ??= value;
        onState("failed", problem);
      },
    );
    last = mine;
    return mine;
  }

  function stop() {
    timer.clear(alarm);
    waiting = undefined;
  }
}
