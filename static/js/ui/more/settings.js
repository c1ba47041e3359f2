// The person's own page: language, size, light; what this phone can do; the way out.
import { fill, h } from "../dom.js";
import { addPairs, momentText, t } from "../i18n.js";
import { button, choice, primary } from "../parts.js";
import { readinessCard } from "../readiness.js";
import { ownSign } from "./people.js";
import { TEXTS } from "./texts-rules.js";

addPairs(TEXTS);

/**
 * @typedef {{language: string, size: string, theme: string}} Choices
 * @param {HTMLElement} root
 * @param {{person: {name: string, organisation: string, lease_until: number | null}, choices: Choices, version: string, lastContact: number | null, update: boolean,
 *   checks: import("../readiness.js").Check[], sign: string | null, onSign: (sign: string) => void, onChoose: (name: keyof Choices, value: string) => void, onLock: () => void,
 *   onAll: () => Promise<import("../readiness.js").Check[]>, onWays: (() => void) | null, onRules: () => void, onTraining: (() => void) | null, onUpdate: () => void}} options
 */
export function openSettings(
  root,
  {
    person,
    choices,
    version,
    lastContact,
    update,
    checks,
    sign,
    onSign,
    onChoose,
    onLock,
    onAll,
    onWays,
    onRules,
    onTraining,
    onUpdate,
  },
) {
  const options = (/** @type {string[]} */ values) => values.map((value) => ({ value, label: t(`option_${value}`) }));
  fill(
    root,
    h("section", { class: "group panel" }, h("h2", null, person.name), h("p", { class: "hint" }, person.organisation)),
    h(
      "section",
      { class: "group panel", id: "choices" },
      choice({
        id: "set-language",
        legend: t("language"),
        value: choices.language,
        options: [
          { value: "zh", label: "中文" },
          { value: "en", label: "English" },
        ],
        onpick: (value) => onChoose("language", value),
      }),
      choice({
        id: "set-size",
        legend: t("size"),
        value: choices.size,
        options: options(["normal", "elder"]),
        onpick: (value) => onChoose("size", value),
      }),
      choice({
        id: "set-theme",
        legend: t("theme"),
        value: choices.theme,
        options: options(["auto", "light", "dark", "sun"]),
        onpick: (value) => onChoose("theme", value),
      }),
    ),
    ownSign(sign, onSign),
    update &&
      h(
        "section",
        { class: "group panel" },
        h("p", null, t("update_there")),
        h("p", { class: "hint" }, t("update_hint")),
        h("div", { class: "actions" }, button(t("update_now"), onUpdate, { id: "update-now" })),
      ),
    h(
      "section",
      { class: "group panel" },
      h("p", null, lastContact === null ? t("never_contact") : t("contact_at", { at: momentText(lastContact) })),
      person.lease_until !== null &&
        h("p", { class: "hint" }, t("lease_until", { at: momentText(person.lease_until) })),
      h("p", { class: "hint" }, t("version", { version })),
    ),
    h(
      "section",
      { class: "group panel", id: "speak-up" },
      h("h2", null, t("speak_up_title")),
      h("p", null, t("speak_up")),
    ),
    h("section", { class: "group panel" }, h("h2", null, t("readiness")), readinessCard(checks, onAll)),
    h(
      "div",
      { class: "actions" },
      button(t("rules"), onRules, { id: "rules-open" }),
      onWays && button(t("ways"), onWays, { id: "ways-open" }),
      onTraining && button(t("training_open"), onTraining, { id: "training-open" }),
      primary(t("lock_now"), onLock, { id: "lock-now" }),
    ),
  );
}
