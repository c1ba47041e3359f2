// Pictures and sounds that belong to a form, where their file is on the phone.
import { fill, h } from "../../dom.js";

/** Addresses in memory, made once for each file of a screen. @type {WeakMap<object, Map<string, Promise<string | null>>>} */
const known = new WeakMap();

/**
 * Puts the file in place of its name, which stays where there is none.
 * @param {HTMLElement} part
 * @param {string} kind `img`, `aud` or `vid`
 * @param {string} name
 * @param {import("../../record.js").Screen} screen
 */
export async function show(part, kind, name, screen) {
  const address = await addressOf(name, screen.options);
  if (!address) return;
  const words = { class: "media-file", src: address };
  fill(
    part,
    kind === "img"
      ? h("img", { ...words, alt: name })
      : h(kind === "aud" ? "audio" : "video", { ...words, controls: true, preload: "none", "aria-label": name }),
  );
}

/** @param {string} name @param {{media: (name: string) => Promise<Blob | string | null>}} options @returns {Promise<string | null>} */
function addressOf(name, options) {
  const files = known.get(options) ?? new Map();
  known.set(options, files);
  if (!files.has(name))
    files.set(
      name,
      Promise.resolve(options.media(name)).then(
        (file) => (file instanceof Blob ? URL.createObjectURL(file) : file),
        () => null,
      ),
    );
  return files.get(name);
}
