// The urgent sheet, over whatever is in front: open, covered, locked, or with no vault at all.

import { openUrgent } from "./ui/urgent.js";

/** @param {import("./wire-app.js").App} app @param {{emergency: () => Promise<import("./ui/urgent.js").HelpNumber[]>}} given asks the server for the county's numbers */
export function wireUrgent(app, { emergency }) {
  /** @type {ReturnType<typeof openUrgent> | null} */
  let opened = null;
  app.urgent = () => {
    if (opened) return;
    const { current } = app.vaults;
    const sheet = openUrgent(app.shell.sheets, {
      numbers: current?.numbers ?? [],
      caseCode: app.vaults.state === "open" ? (app.nav.current()?.case_code ?? null) : null,
      now: app.now,
      onRecord: current ? record : null,
      onClose: () => (opened = null),
    });
    opened = sheet;
    // A vault has them on this phone. Without one they come from the server; where it is silent, those of the country stand there.
    if (!current) void emergency().then(sheet.add, () => {});
  };

  /** @param {import("./ui/urgent.js").UrgentBody} body */
  async function record(body) {
    await app.outbox.sealUrgent(body);
    app.outbox.wake("saved");
  }
}
