// The person's own page, and what follows from a choice on it.

import { t } from "./ui/i18n.js";
import { applyChoices, loadChoices } from "./wire-app.js";
import { practise, tryAll } from "./wire-enrol.js";

/** @typedef {import("./wire-app.js").App} App @typedef {keyof App["choices"]} Name */

/** @param {App} app @param {{update: () => void}} given */
export function wireSettings(app, { update }) {
  const ways = async (/** @type {HTMLElement} */ element) => (await import("./more/wire-ways.js")).ways(app, element);
  const rules = async (/** @type {HTMLElement} */ element, /** @type {{ref?: string}} */ args) =>
    (await import("./more/wire-rules.js")).rules(app, element, args);
  return { openers: { settings, ways, rules }, personal };

  /** Her own choices, and large type as the office knows she needs it, until she chooses herself. */
  async function personal() {
    const chosen = await loadChoices(app);
    if (app.vaults.person?.elder && chosen.size === undefined) {
      app.choices.size = "elder";
      await applyChoices(app);
      await keepChoice("size", "elder"); // her lock screen too
    }
  }

  /** @param {HTMLElement} element */
  async function settings(element) {
    const { openSettings } = await import("./ui/more/settings.js");
    const { person, record } = app.vaults;
    openSettings(element, {
      person: {
        name: person?.name ?? "",
        organisation: person?.organisation ?? "",
        lease_until: person?.policy?.lease_until ?? null,
      },
      choices: app.choices,
      version: app.version,
      lastContact: app.outbox.status.last_contact,
      update: !!app.waitingWorker,
      checks: app.checks,
      sign: record?.sign ?? null,
      onSign: (sign) => void app.vaults.change({ sign }).catch(() => {}),
      onChoose,
      onLock: () => void app.lock(),
      onAll: () => tryAll(app),
      // There is one secret in a practice, and it stands on the page.
      onWays: app.training ? null : () => void app.nav.go("ways"),
      onRules: () => void app.nav.go("rules"),
      onTraining: app.training || person?.policy?.training === false ? null : () => void practise(app),
      onUpdate: update,
    });
    return { title: t("tab_settings"), tab: "settings" };
  }

  /** @param {Name} name @param {string} value */
  async function keepChoice(name, value) {
    await app.vaults.change({ choices: { ...app.vaults.record?.choices, [name]: value } }).catch(() => {});
  }

  /** @param {Name} name @param {string} value */
  async function onChoose(name, value) {
    app.choices[name] = value;
    // On disk first: what she sees changed is what the next start shows. Another person on this phone keeps her own.
    await keepChoice(name, value);
    await applyChoices(app);
    app.words();
    await app.nav.again();
  }
}
