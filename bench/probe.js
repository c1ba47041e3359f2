// Runs before the app in the page that is measured, and notes times; it changes nothing of what the app does.
// probe.calls: requests to the vault's worker; probe.puts: what went to disk; probe.shown(selector): when it was first seen.

(() => {
  const probe = { calls: [], puts: [], inputs: [], task: 0, shown, settled, rawPut };
  globalThis.probe = probe;

  const OwnWorker = globalThis.Worker;
  globalThis.Worker = class extends OwnWorker {
    #asked = new Map();

    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const call = this.#asked.get(data.id);
        if (call) probe.calls.push({ ...call, to: performance.now() });
      });
    }

    postMessage(message, ...rest) {
      const first = Array.isArray(message.given) ? message.given[0] : null;
      const about = { op: message.op, store: first?.store ?? null, bytes: first?.bytes?.length ?? 0 };
      this.#asked.set(message.id, { ...about, task: probe.task, from: performance.now() });
      super.postMessage(message, ...rest);
    }
  };

  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    const note = { store: this.name, from: performance.now() };
    this.transaction.addEventListener("complete", () => probe.puts.push({ ...note, to: performance.now() }));
    return put.apply(this, given);
  };

  // When the task that runs now began: a save begins with its timer.
  const ownTimeout = globalThis.setTimeout;
  globalThis.setTimeout = (run, ms, ...given) =>
    ownTimeout(() => {
      probe.task = performance.now();
      run(...given);
    }, ms);

  for (const type of ["input", "change", "click"])
    addEventListener(type, (event) => probe.inputs.push({ type, at: event.timeStamp }), true);

  /** Milliseconds of the page's clock at the first frame in which the selector is seen. */
  function shown(selector) {
    return when(() => {
      const found = document.querySelector(selector);
      return found !== null && found.getClientRects().length > 0;
    });
  }

  function when(test) {
    const given_up = performance.now() + 60_000;
    return new Promise((resolve, reject) => {
      const look = () => {
        if (test()) requestAnimationFrame(() => resolve(performance.now()));
        else if (performance.now() > given_up) reject(new Error("never seen"));
        else requestAnimationFrame(look);
      };
      look();
    });
  }

  /** From the next input of this type to the frame after which `count` elements of the selector are seen. */
  async function settled({ type, selector, count }) {
    const before = probe.inputs.length;
    const mine = () => probe.inputs.slice(before).find((input) => input.type === type);
    const to = await when(() => {
      if (!mine()) return false;
      const seen = [...document.querySelectorAll(selector)].filter((one) => one.getClientRects().length > 0);
      return seen.length === count;
    });
    return to - mine().at;
  }

  /** The floor of a save: one put of so many bytes, unsealed, in a database of its own. */
  async function rawPut(size) {
    const bytes = new Uint8Array(size).fill(7);
    probe.floor ??= await new Promise((resolve, reject) => {
      const opening = indexedDB.open("bench-floor", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("rows");
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const from = performance.now();
    await new Promise((resolve, reject) => {
      const transaction = probe.floor.transaction(["rows"], "readwrite", { durability: "relaxed" });
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
      put.call(transaction.objectStore("rows"), bytes, "one");
    });
    return performance.now() - from;
  }
})();
