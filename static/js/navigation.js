// Which screen is in front. Addresses, titles and history never change with it: only a number lies in history.state.

/**
 * @typedef {{title: string, tab?: string | null, bare?: boolean, update?: () => unknown, close?: () => void, back?: () => boolean, snapshot?: () => void, case_code?: string | null, words?: () => void, shown?: () => void}} Screen `shown` is called when it stands in the page
 * @typedef {(element: HTMLElement, args: any) => Screen | Promise<Screen>} Opener
 * @typedef {{name: string, args: any}} Place
 */

/**
 * `below`: the address of the entry under the first screen: no one-use code stays there.
 * @param {{below: string, openers: Record<string, Opener>, show: (element: HTMLElement, frame: import("./ui/shell.js").Frame) => void, failed: (thrown: unknown) => void, history: History, frame: (name: string) => HTMLElement}} given
 */
export function createNavigation({ below, openers, show, failed, history, frame }) {
  /** @type {Place[]} */
  let places = [];
  /** @type {Screen | null} */
  let current = null;
  let turn = 0;
  /** The opening during which something new came: what it read before may be old. */
  let overtaken = 0;
  const { href } = location;
  history.replaceState({ n: 0 }, "", below);
  history.pushState({ n: 1 }, "", href);
  return {
    go,
    replace,
    back,
    backKey,
    home,
    again,
    update,
    clear,
    current: () => current,
    place: () => places.at(-1) ?? null,
  };

  /** @param {string} name @param {any} [args] */
  function go(name, args = {}) {
    places.push({ name, args });
    return open();
  }

  /** In place of the screen in front: the way back skips it. @param {string} name @param {any} [args] */
  function replace(name, args = {}) {
    places.pop();
    return go(name, args);
  }

  /** A tab: everything above it is left. @param {string} name */
  function home(name) {
    places = [{ name, args: {} }];
    return open();
  }

  /** The same screen, drawn again (language, size). */
  function again() {
    return places.length ? open() : Promise.resolve();
  }

  function back() {
    if (current?.back?.()) return;
    if (places.length > 1) {
      places.pop();
      open();
    }
  }

  /** The back key of the phone. One entry is always kept above the first, so that one press never leaves the app by mistake. @param {boolean} blocked a sheet or the gate took it */
  function backKey(blocked) {
    const inside = blocked || places.length > 1 || !!current?.back;
    if (!blocked) back();
    if (inside) history.pushState({ n: 1 }, "");
  }

  /** @returns {Promise<void>} a screen that is ready after another was asked for is dropped */
  async function open() {
    const mine = ++turn;
    const { name, args } = /** @type {Place} */ (places.at(-1));
    current?.snapshot?.();
    current?.close?.();
    current = null;
    const element = frame(name);
    try {
      const screen = await openers[name](element, args);
      if (mine !== turn) return screen.close?.();
      current = screen;
      show(element, { title: screen.title, tab: screen.tab, bare: screen.bare, back: places.length > 1 });
      screen.shown?.();
      if (overtaken === mine) await update();
    } catch (thrown) {
      if (mine !== turn) return;
      failed(thrown);
      if (places.length > 1) {
        places.pop();
        await open();
      }
    }
  }

  /** New things came from the server, or the day changed. A screen that is still opening is drawn again when it stands. */
  async function update() {
    if (current) await current.update?.();
    else overtaken = turn;
  }

  /** After a lock: no screen, no arguments, nothing to come back to. */
  function clear() {
    turn += 1;
    current?.close?.();
    current = null;
    places = [];
  }
}
