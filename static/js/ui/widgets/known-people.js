// People the case file knows already: one tap takes them over, nobody is typed twice.
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { listText } from "../record-text.js";

/** @typedef {import("../record-model.js").Person} Person */

/** What the case says of a person, and the questions it fills, where the row has them. @type {(keyof Person)[]} */
const PARTS = ["name", "sex", "birth_ym", "relation"];

/**
 * @param {import("../record.js").Screen} screen
 * @param {string} path a repeat; only one with a hidden `person_id` is about people
 * @param {string[]} moments
 * @param {(rowPath: string) => void} open the new row opens, because something changed
 */
export function knownPeople(screen, path, moments, open) {
  const { model } = screen;
  const element = h("div", { class: "known-people" });
  const about = model.nodeAt(`${path}.person_id`) !== undefined && !screen.readOnly && moments[0] !== "desk";

  /** @returns {Person[]} who has no row yet and was not left out */
  function waiting() {
    if (!about) return [];
    const rows = new Set(
      model.form.rows(path).map((/** @type {string} */ id) => model.form.get(`${path}[${id}].person_id`)),
    );
    return /** @type {Person[]} */ (screen.options.people ?? []).filter(
      (person) => !rows.has(person.person_id) && !model.state.passed.includes(person.person_id),
    );
  }

  /** @param {Person} person @returns {string[]} changed paths, the row first */
  function take(person) {
    const row = model.form.addRepeat(path, screen.options.newId());
    const changed = [row, ...model.form.lastChanged(), ...model.form.set(`${row}.person_id`, person.person_id)];
    for (const part of PARTS) {
      const at = `${row}.${part}`;
      if (!person[part] || !model.nodeAt(`${path}.${part}`)) continue;
      const known = model.known(at);
      // "Same" only where an approved value stands behind it; what the file merely lists is an answer of this visit.
      changed.push(
        ...(known && known.value === person[part] ? model.takeOver(at, known) : model.form.set(at, person[part])),
      );
    }
    return changed;
  }

  /** @param {Person[]} people */
  function takeAll(people) {
    screen.did([path, ...people.flatMap(take)]);
    screen.tell(t("rec_people_taken", { n: people.length }));
    element.parentElement?.querySelector("button")?.focus();
  }

  /** @param {Person} person */
  function takeChanged(person) {
    const changed = take(person);
    open(changed[0]);
    screen.did([path, ...changed]);
    screen.goTo(`${changed[0]}.${PARTS.find((part) => model.nodeAt(`${path}.${part}`)) ?? ""}`);
  }

  /** @param {Person} person */
  function pass(person) {
    model.state.passed.push(person.person_id);
    screen.did([path]);
    screen.offerUndo(t("rec_person_passed"), () => {
      model.state.passed = model.state.passed.filter((id) => id !== person.person_id);
      return [path];
    });
  }

  /** @param {Person} person */
  function words(person) {
    return PARTS.filter((part) => person[part] && model.nodeAt(`${path}.${part}`))
      .map((part) => listText(model, `${path}.${part}`, /** @type {string} */ (person[part])))
      .join(" · ");
  }

  return {
    element,
    update() {
      const people = waiting();
      fill(
        element,
        people.length > 0 && [
          h("p", { class: "muted" }, t("rec_known_people", { n: people.length })),
          people.length > 1 &&
            h(
              "button",
              { class: "choice-button wide", onclick: () => takeAll(people) },
              t("rec_people_all_same", { n: people.length }),
            ),
          people.map((person) =>
            h(
              "div",
              { class: "card known", role: "group", "aria-label": words(person) },
              h("p", { class: "card-words" }, words(person)),
              h(
                "div",
                { class: "pair three" },
                h("button", { class: "choice-button", onclick: () => takeAll([person]) }, t("rec_same")),
                h("button", { class: "choice-button", onclick: () => takeChanged(person) }, t("rec_changed")),
                h("button", { class: "quiet", onclick: () => pass(person) }, t("rec_not_here")),
              ),
            ),
          ),
        ],
      );
    },
  };
}
