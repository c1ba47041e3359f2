// The person's own page, and what follows from a choice on it.

import { t } from "./ui/i18n.js";
import { openSettings } from "./ui/settings.js";
import { applyChoices } from "./wire-app.js";

/** @typedef {import("./wire-app.js").App} App @typedef {keyof App["choices"]} Name */

/** @param {App} app @param {{update: () => void}} given */
export function wireSettings(app, { update }) {
  const ways = async (/** @type {HTMLElement} */ element) => (await import("./more/wire-ways.js")).ways(app, element);
  return { openers: { settings, ways }, personal };

  /** Large type as the office knows she needs it, until she chooses herself. */
  async function personal() {
    if (app.vaults.person?.elder && (await app.root.setting("size").catch(() => "normal")) === undefined) {
      app.choices.size = "elder";
      await applyChoices(app);
    }
  }

  /** @param {HTMLElement} element */
  function settings(element) {
    const { person } = app.vaults;
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
      onChoose,
      onLock: () => void app.lock(),
      onWays: () => void app.nav.go("ways"),
      onUpdate: update,
    });
    return { title: t("tab_settings"), tab: "settings" };
  }

  /** @param {Name} name @param {string} value */
  async function onChoose(name, value) {
    app.choices[name] = value;
    // On disk first: what she sees changed is what the next start shows.
    await app.root.set(name, value).catch(() => {});
    await applyChoices(app);
    app.words();
    await app.nav.again();
  }
}
