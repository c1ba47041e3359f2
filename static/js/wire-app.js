// What the wiring files share: the pieces, and the small questions every screen asks of them.

import { addEnglish, codeOf, sentence } from "./errors.js";
import { language, loadLanguage, pick, setLanguage, t } from "./ui/i18n.js";

/**
 * @typedef {object} App
 * @property {import("./store/root.js").Root} root
 * @property {import("./vault.js").Vaults} vaults
 * @property {import("./outbox.js").OutboxOwner} outbox
 * @property {ReturnType<typeof import("./ui/shell.js").openShell>} shell
 * @property {ReturnType<typeof import("./navigation.js").createNavigation>} nav
 * @property {() => number} now
 * @property {{language: string, size: string, theme: string}} choices
 * @property {Kept} kept what the screens remember of visits; sealed under `state`
 * @property {Map<string, any>} plans by `F2@1`, of this unlock
 * @property {string[] | null} planNames all plans held here, newest first within a form
 * @property {number} [typed] how long what was typed at the last unlock is; nothing of a secret is kept but this
 * @property {number} touched last touch, ms
 * @property {number | null} saved_at when the record in front was last saved
 * @property {number | null} covered_at
 * @property {number} session_until end of the visit session, ms; 0 when none runs
 * @property {ServiceWorker | null} waitingWorker a new version, offered
 * @property {string} version
 * @property {import("./ui/readiness.js").Check[]} checks
 * @property {import("./more/training.js").Practice | null} training this page is a practice
 * @property {{code: string, address: string} | null} link a device code that came with the address
 * @property {() => Promise<import("./more/files.js").Files>} files photos, papers and sounds of this phone; loaded with the first of them
 * @property {() => Promise<void>} whole resolves when everything behind the gate is loaded and connected
 * @property {() => Promise<void>} unlock shows the lock screen
 * @property {() => Promise<void>} lock
 * @property {() => void} urgent
 * @property {() => void} update takes the new version that was offered
 * @property {() => void} words texts, tabs and line again
 *
 * @typedef {{conflicts: Record<string, "yes" | "no">, running: string[]}} Kept by case id; ids of visits that are going on
 */

/** Of who has chosen nothing. */
const CHOICES = { language: "zh", size: "normal", theme: "auto" };

/** @param {string} code */
export const say = (code) => sentence(code, language());

/** @param {unknown} thrown */
export const sayThrown = (thrown) => say(codeOf(thrown));

/** The day in the county, by the server's clock where it was ever heard. @param {App} app */
export function today(app) {
  const ms = app.now() + (app.outbox.status.clock_offset ?? 0);
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: "Asia/Shanghai",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(new Date(ms));
}

/** The open vault's store; a screen that asks after a lock is told so. @param {App} app @returns {import("./store/db.js").Store} */
export function storeOf(app) {
  const { store } = app.outbox;
  if (!store) throw Object.assign(new Error("locked"), { code: "vault_locked" });
  return store;
}

/** @param {App} app @param {string} form @param {number} version @returns {Promise<any>} null when it is not here */
export async function planOf(app, form, version) {
  const name = `${form}@${version}`;
  if (!app.plans.has(name)) {
    const plan = await storeOf(app).inbox.plan(form, version);
    if (!plan) return null;
    app.plans.set(name, plan);
  }
  return app.plans.get(name);
}

/** The newest version of a form with which a record may begin: a withdrawn one is kept for its drafts alone. @param {App} app @param {string} form @returns {Promise<any>} */
export async function newestPlan(app, form) {
  app.planNames ??= (await storeOf(app).inbox.plans()).map((plan) => `${plan.form}@${plan.version}`);
  for (const name of app.planNames.filter((one) => one.startsWith(`${form}@`))) {
    const plan = await planOf(app, form, Number(name.split("@")[1]));
    if (plan && !plan.withdrawn) return plan;
  }
  return null;
}

/** @param {any} plan @param {string} form */
export const titleOf = (plan, form) => pick(plan?.title) || t("form_n", { form });

/** With this in the address a page begins as a practice. */
export const PRACTICE = "#training";

/** What other forms call for (F5, F6): while a visit runs nothing on the screen may say what these are about. */
export const CALLED_FOR = ["F5", "F6"];

/** Somebody may look on: a visit is going on, of whichever family. @param {Pick<App, "kept">} app */
export const inHome = (app) => app.kept.running.length > 0;

/** The name under which a list shows a record here and now. @param {Pick<App, "kept">} app @param {any} plan @param {{form: string}} record */
export const nameOf = (app, plan, { form }) =>
  CALLED_FOR.includes(form) && inHome(app) ? t("more_questions") : titleOf(plan, form);

/** Null when it was right, else what is wrong. @param {() => Promise<unknown>} check */
export async function attempt(check) {
  try {
    await check();
    return null;
  } catch (thrown) {
    return sayThrown(thrown).title;
  }
}

/** Her secret once more, before what nobody else may see. @param {App} app @param {(secret: string) => void} [take] gets it when it was right @returns {Promise<boolean>} */
export async function askSecret(app, take) {
  const chosen = (await app.vaults.list()).find((one) => one.chosen);
  const check = (/** @type {string} */ secret) =>
    attempt(async () => {
      await app.vaults.checkSecret(secret);
      take?.(secret);
    });
  return chosen?.kind === "digits"
    ? app.shell.askPin({ title: t("secret_again"), length: chosen.digits, attempt: check })
    : app.shell.askWords({ title: t("secret_again"), attempt: check });
}

/** @param {App} app */
export const isPlain = (app) => app.vaults.person?.role === "village";

/** @param {App} app */
export const keep = (app) => storeOf(app).state.put("screens", app.kept);

/**
 * Language, size and light are known before the unlock, so that the lock screen speaks and shows as she chose whose vault it is. What was
 * chosen before each had her own lies beside the vaults. @param {App} app @param {Partial<App["choices"]>} [own] nobody's where somebody new sets up hers
 * @returns {Promise<Partial<App["choices"]>>} what was chosen
 */
export async function loadChoices(app, own = app.vaults.record?.choices) {
  const chosen = { ...own };
  for (const name of /** @type {(keyof App["choices"])[]} */ (["language", "size", "theme"])) {
    chosen[name] ??= await app.root.setting(name).catch(() => undefined);
    app.choices[name] = chosen[name] ?? CHOICES[name];
  }
  await applyChoices(app);
  return chosen;
}

/** @param {App} app */
export async function applyChoices(app) {
  const { language, size, theme } = app.choices;
  await loadLanguage(language);
  if (language === "en") addEnglish((await import("./errors-en.js")).en);
  setLanguage(language);
  const { dataset } = document.documentElement;
  dataset.size = size;
  if (theme === "auto") delete dataset.theme;
  else dataset.theme = theme;
  app.shell.words();
}
