// Setting up a phone: the one gate that is there before anything else is loaded.

import { generateDigits } from "./ids.js";
import { openEnrol } from "./ui/enrol.js";
import { inAppBrowser } from "./ui/readiness.js";
import { checkNewPin, judgeSecret, parseCode } from "./vault.js";
import { say } from "./wire-app.js";

/** @typedef {import("./wire-app.js").App} App */

/**
 * Shows enrolment in front of everything, for a first person or one more on this phone.
 * @param {App} app
 */
export function openEnrolment(app) {
  const { vaults, shell, training } = app;
  if (training) return training.gate(app);
  const inApp = inAppBrowser(navigator.userAgent);
  const other = inApp || app.checks.some(({ state }) => state === "bad");
  if (other && !vaults.current && !passed.has(app)) return void sendElsewhere(app, inApp);
  openEnrol(shell.openGate(), {
    code: app.link?.code ?? "",
    address: app.link?.address ?? null,
    checks: app.checks,
    onAll: () => tryAll(app),
    onTraining: app.link ? null : () => void practise(app),
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

/** Those who chose to go on in the browser they have. @type {WeakSet<App>} */
const passed = new WeakSet();

/** A chat app's browser keeps little, and what it keeps is the chat app's: the page says how to open it in the phone's own. @param {App} app @param {string | null} inApp */
async function sendElsewhere(app, inApp) {
  const { openElsewhere } = await import("./more/in-app.js");
  openElsewhere(app, inApp, () => {
    passed.add(app);
    openEnrolment(app);
  });
}

/** @param {App} app */
export const tryAll = async (app) => (await import("./more/readiness.js")).tryAll(app);

/** @param {App} app */
export const practise = async (app) => (await import("./more/enter-training.js")).enterPractice(app);

/** What the office is told of the phone. @param {string} version */
export async function deviceOf(version) {
  const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  const free_bytes = estimate?.quota ? Math.max(0, estimate.quota - (estimate.usage ?? 0)) : null;
  return { app: version, platform: navigator.platform.slice(0, 40), persisted, free_bytes };
}
