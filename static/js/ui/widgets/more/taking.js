// Camera, microphone or a chosen file, and then sealed: what the buttons of a question and of the page of papers do alike.
import { t } from "../../i18n.js";
import { openCamera } from "./camera.js";
import { openPick } from "./pick-file.js";
import { openSound } from "./sound.js";

/** @typedef {import("./papers.js").FileValue} FileValue */

/**
 * @param {import("../../record.js").Screen} screen
 * @param {{kind: FileValue["kind"], accept?: string, why: string, from: HTMLElement | null, files: import("./papers.js").RecordFiles, keep: (value: FileValue) => void}} given
 * @returns {Promise<boolean>} whether something was kept
 */
export async function taken(screen, { kind, accept, why, from, files, keep }) {
  const opened = { why, from, files };
  if (kind === "audio") return openSound(screen, { ...opened, keep });
  if (kind === "file") return openPick(screen, { ...opened, accept, keep });
  return openCamera(screen, { ...opened, kind, keep: async (shot) => keep(await sealed(shot)) });

  /** @param {import("./camera.js").Shot} shot @returns {Promise<FileValue>} the first page, with those that follow */
  async function sealed({ kind, pages, thumb }) {
    const about = { kind, type: "image/jpeg", taken: Math.round(screen.options.now()) };
    /** @type {FileValue[]} */
    const values = [];
    try {
      for (const [at, bytes] of pages.entries())
        values.push(await files.take(bytes, at === 0 ? { ...about, thumb } : about));
    } catch (thrown) {
      for (const value of values) void files.drop(value).catch(() => {}); // all of a paper, or nothing
      throw thrown;
    }
    const [first, ...others] = values;
    const named = others.map(({ file, hash, bytes }) => ({ file, hash, bytes }));
    screen.tell(t("rec_file_kept"));
    return named.length ? { ...first, pages: named } : first;
  }
}
