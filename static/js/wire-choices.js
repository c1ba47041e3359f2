// Language, size and light are known before the unlock, so that the lock screen speaks and shows as she chose.

import { loadLanguage, setLanguage } from "./ui/i18n.js";

/** @typedef {import("./wire-app.js").App} App @typedef {keyof App["choices"]} Name */

/** From the root database; the choices hold nothing of a person. @param {App} app */
export async function loadChoices(app) {
  for (const name of /** @type {Name[]} */ (["language", "size", "theme"])) {
    const kept = await app.root.setting(name).catch(() => undefined);
    if (typeof kept === "string") app.choices[name] = kept;
  }
  await applyChoices(app);
}

/** @param {App} app */
export async function applyChoices(app) {
  const { language, size, theme } = app.choices;
  await loadLanguage(language);
  setLanguage(language);
  const { dataset } = document.documentElement;
  dataset.size = size;
  if (theme === "auto") delete dataset.theme;
  else dataset.theme = theme;
  app.shell.words();
}
