// The files of one record, as its screen uses them: more/files.js keeps them, the vault's state says when a camera must end.

import { sayThrown } from "../wire-app.js";

/** @param {import("../wire-app.js").App} app @param {string} record_id @returns {Promise<import("../ui/widgets/more/papers.js").RecordFiles>} */
export async function filesOfRecord(app, record_id) {
  const { vaults } = app;
  const files = await app.files();
  return {
    take: (bytes, given) => files.take(bytes, { ...given, record_id }),
    recording: (type) => files.recording({ type, record_id }),
    unfinished: () => files.unfinished(record_id),
    held: () => files.held(record_id),
    open: (value) => files.open(value),
    thumb: (value) => files.thumb(value),
    drop: (value) => files.drop(value),
    keep: (value) => files.keep(value),
    noted: async () => void (await app.nav.current()?.snapshot?.()),
    standing: async () => (await files.standing()).filter((one) => one.record_id === record_id),
    watch: (changed) => heard(files, "change", changed),
    away(stop) {
      const hidden = heard(document, "visibilitychange", () => document.hidden && stop());
      const covered = heard(vaults, "state", () => vaults.state !== "open" && stop());
      return () => {
        hidden();
        covered();
      };
    },
    here: () =>
      new Promise((resolve) => {
        if (vaults.state === "open") return resolve(true);
        const judge = () => {
          if (vaults.state === "covered") return;
          still();
          resolve(vaults.state === "open");
        };
        const still = heard(vaults, "state", judge);
        return judge();
      }),
    sentence: sayThrown,
  };
}

/** @param {EventTarget} target @param {string} type @param {() => unknown} run @returns {() => void} listens no longer */
function heard(target, type, run) {
  target.addEventListener(type, run);
  return () => target.removeEventListener(type, run);
}
