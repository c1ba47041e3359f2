// Runs before the engine in each measured page: counts refusals of the policy, acts as a finger would, and times until what must be seen is seen.

(() => {
  // Where nothing in the page names a question, its words do. Signs stand before a number in a note.
  const labels = {
    "start/plain": "随便写一句",
    "start/answer": "有变化吗",
    "start/people": "家里几口人",
    "start/then1": "变化1",
    "start/then19": "变化19",
    "place/province": "省",
    "place/city": "市",
    "place/county": "县",
    "members/income": "月收入",
  };
  let engine = null;
  const note = new Map();
  let started;

  const probe = { labels, violations: [], usable: new Promise((resolve) => (started = resolve)), start, act, goTo, search, idle, state };
  globalThis.probe = probe;
  addEventListener("securitypolicyviolation", (event) => probe.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));

  /** The page is usable: milliseconds since navigation. `adapter` finds questions: docs in forms.py. */
  async function start(adapter) {
    engine = adapter;
    started(await until(JSON.parse(document.querySelector("meta[name=usable]").content)));
  }

  /** One act and all that must be seen after it: milliseconds from the first event to the end of that frame. */
  async function act({ path, text = null, code = null, at = 0, sees }) {
    if (code !== null && !visible(engine.choices(path)).length) engine.open?.(path);
    const found = code === null ? [engine.inputs(path)[at]] : engine.choices(path).filter((one) => one.value === code);
    const target = visible(found)[0];
    if (!target) throw new Error(`nothing to answer ${path} with`);
    target.scrollIntoView({ block: "center" });
    if (code === null) target.focus();
    await frame();
    const from = performance.now();
    if (code !== null) target.click();
    else type(target, text);
    return (await until(sees)) - from;
  }

  /** What a keyboard does at the end of a word, and the step to the next box. */
  function type(target, text) {
    enter(target, text);
    target.dispatchEvent(new Event("change", { bubbles: true }));
    target.blur();
  }

  function enter(target, text) {
    const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(target), "value").set;
    set.call(target, text);
    target.dispatchEvent(new InputEvent("input", { bubbles: true, data: text, inputType: "insertText" }));
  }

  /** To the page of a question, where an engine has pages; milliseconds until it is seen. `at`: of which row. */
  async function goTo({ path, at = 0, sees = {} }) {
    await frame();
    const from = performance.now();
    await engine.goTo?.(path, at);
    return (await until(sees)) - from;
  }

  /** The page of a long list opens, or its search box gets these letters; milliseconds until the first line reads so. */
  async function search({ path, text = null, line }) {
    await frame();
    const from = performance.now();
    if (text === null) engine.open(path);
    else enter(engine.box(), text);
    return (await until({ line })) - from;
  }

  /** What an act costs on which nothing is done: milliseconds from a moment between two frames to the end of the next. */
  async function idle() {
    await frame();
    const from = performance.now();
    return (await until({})) - from;
  }

  async function until(sees) {
    const given_up = performance.now() + 180_000;
    for (;;) {
      await frame();
      const missing = lacking(sees);
      if (!missing) break;
      if (performance.now() > given_up) throw new Error(`never seen: ${missing}`);
    }
    return painted();
  }

  function lacking({ signs = {}, inputs = {}, choices = {}, rows = null, line = null }) {
    if (line !== null && engine.line() !== line) return `${line}, but ${engine.line()}`;
    for (const [sign, value] of Object.entries(signs)) if (said(sign) !== value) return `${sign} = ${value}, but ${said(sign)}`;
    for (const [path, count] of Object.entries(inputs)) if (visible(engine.inputs(path)).length !== count) return `${count} of ${path}`;
    for (const [path, count] of Object.entries(choices)) if (visible(engine.choices(path)).length !== count) return `${count} choices of ${path}, but ${engine.choices(path).length}`;
    if (rows !== null && engine.rows() !== rows) return `${rows} rows, but ${engine.rows()}`;
    return null;
  }

  /** The number that a note shows behind its sign. */
  function said(sign) {
    let element = note.get(sign);
    if (!element?.isConnected) {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
        node.data.includes(`${sign}=`) && node.parentElement.getClientRects().length ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP,
      );
      element = walker.nextNode()?.parentElement;
      note.set(sign, element);
    }
    return element?.textContent.match(new RegExp(`${sign}=([^;]*);`))?.[1];
  }

  // Radios are often hidden under a drawn one, whose words are seen.
  const visible = (elements) =>
    elements.filter((one) => one && (one.getClientRects().length > 0 || one.parentElement.getClientRects().length > 0));
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  /** A task posted from a frame runs when that frame has been laid out and painted. */
  function painted() {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(0);
    });
  }

  function state() {
    const scripts = performance.getEntriesByType("resource").filter((one) => new URL(one.name).pathname.endsWith(".js") && !one.name.includes("/probe.js"));
    return {
      scriptBytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
      scripts: scripts.map((one) => new URL(one.name).pathname),
    };
  }
})();
