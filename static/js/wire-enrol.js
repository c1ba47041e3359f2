// Setting up a phone: the one gate that is there before anything else is loaded.

import { generateDigits } from "./ids.js";
import { openEnrol } from "./ui/enrol.js";
import { inAppBrowser } from "./ui/readiness.js";
import { checkNewPin, judgeSecret, parseCode } from "./vault.js";
import { say } from "./wire-app.js";

/**
 * Shows enrolment in front of everything, for a first person or one more on this phone.
 * @param {import("./wire-app.js").App} app
 */
export function openEnrolment(app) {
  const { vaults, shell } = app;
  openEnrol(shell.openGate(), {
    code: app.link?.code ?? "",
    address: app.link?.address ?? null,
    inApp: inAppBrowser(navigator.userAgent),
    checks: app.checks,
    prepare: () => vaults.prepare(),
    checkCode: (text) => void parseCode(text),
    checkNewSecret: judgeSecret,
    checkNewPin,
    generateDigits,
    enrol: async (answers) => {
      await app.whole();
      await vaults.enrol({ ...answers, login: answers.login.trim(), device: await deviceOf(app.version) });
      app.link = null;
    },
    sentence: say,
    onBack: vaults.current ? back : null,
    onUrgent: () => app.urgent(),
  });

  function back() {
    app.link = null;
    void app.whole().then(() => app.unlock());
  }
}

/** What the office is told of the phone. @param {string} version */
export async function deviceOf(version) {
  const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  const free_bytes = estimate?.quota ? Math.max(0, estimate.quota - (estimate.usage ?? 0)) : null;
  return { app: version, platform: navigator.platform.slice(0, 40), persisted, free_bytes };
}
