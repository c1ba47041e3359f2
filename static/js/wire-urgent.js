// The urgent sheet, over whatever is in front: open, covered, locked, or with no vault at all.

import { openUrgent } from "./ui/urgent.js";

/** @param {import("./wire-app.js").App} app */
export function wireUrgent(app) {
  /** @type {{close: () => void} | null} */
  let opened = null;
  app.urgent = () => {
    if (opened) return;
    const { current } = app.vaults;
    opened = openUrgent(app.shell.sheets, {
      numbers: current?.numbers ?? [],
      caseCode: app.vaults.state === "open" ? (app.nav.current()?.case_code ?? null) : null,
      now: app.now,
      onRecord: current ? record : null,
      onClose: () => (opened = null),
    });
  };

  /** @param {import("./ui/urgent.js").UrgentBody} body */
  async function record(body) {
    await app.outbox.sealUrgent(body);
    app.outbox.wake("saved");
  }
}
