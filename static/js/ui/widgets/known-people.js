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

  /** @returns {Person[]} who has no row yet */
  function unlisted() {
    if (!about) return [];
    const rows = new Set(
      model.form.rows(path).map((/** @type {string} */ id) => model.form.get(`${path}[${id}].person_id`)),
    );
    return /** @type {Person[]} */ (screen.options.people ?? []).filter((person) => !rows.has(person.person_id));
  }

  /** @param {Person} person @returns {string[]} changed paths, the row first */
  function take(person) {
    const row = model.form.addRepeat(path, screen.options.newId());
    return [row, ...model.form.lastChanged(), ...join(row, person)];
  }

  /** The row is this person's; what is blank in it is filled from the file. @param {string} row @param {Person} person @returns {string[]} changed paths */
  function join(row, person) {
    const changed = [...model.form.set(`${row}.person_id`, person.person_id)];
    for (const part of PARTS) {
      const at = `${row}.${part}`;
      if (!person[part] || !model.nodeAt(`${path}.${part}`) || model.form.get(at) !== null) continue;
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

  /** Somebody of the file with the name that was typed, and nothing said against it. @param {string} row @returns {Person | undefined} */
  function twinOf(row) {
    if (!about) return undefined;
    const told = (/** @type {keyof Person} */ part) => model.form.get(`${row}.${part}`);
    const name = plain(told("name"));
    if (!name || (screen.options.people ?? []).some((/** @type {Person} */ one) => one.person_id === told("person_id")))
      return undefined;
    return unlisted().find(
      (person) =>
        plain(person.name) === name &&
        agree(person.sex, told("sex")) &&
        agree(person.birth_ym, told("birth_ym")) &&
        !model.state.passed.includes(`${row} ${person.person_id}`),
    );
  }

  /** @param {string} row @param {Person} person */
  function isTwin(row, person) {
    const own = model.form.get(`${row}.person_id`);
    screen.did([path, ...join(row, person)]);
    screen.offerUndo(t("rec_twin_joined"), () => [path, ...model.form.set(`${row}.person_id`, own)]);
  }

  /** @param {string} row @param {Person} person */
  function isNoTwin(row, person) {
    model.state.passed.push(`${row} ${person.person_id}`);
    screen.did([path]);
  }

  /** @param {Person} person */
  function words(person) {
    return PARTS.filter((part) => person[part] && model.nodeAt(`${path}.${part}`))
      .map((part) => listText(model, `${path}.${part}`, /** @type {string} */ (person[part])))
      .join(" · ");
  }

  /** @param {Person} person */
  function card(person) {
    const family = isFamily(person);
    return h(
      "div",
      { class: "card known", role: "group", "aria-label": words(person) },
      h("p", { class: "card-words" }, words(person)),
      h(
        "div",
        { class: ["pair", family && "three"] },
        h(
          "button",
          { class: "choice-button", onclick: () => takeAll([person]) },
          t(family ? "rec_same" : "rec_take_person"),
        ),
        family && h("button", { class: "choice-button", onclick: () => takeChanged(person) }, t("rec_changed")),
        h("button", { class: "quiet", onclick: () => pass(person) }, t("rec_not_here")),
      ),
    );
  }

  return {
    element,
    update() {
      const people = unlisted().filter((person) => !model.state.passed.includes(person.person_id));
      const family = people.filter(isFamily);
      const others = people.filter((person) => !isFamily(person));
      fill(
        element,
        family.length > 0 && h("p", { class: "muted" }, t("rec_known_people", { n: family.length })),
        family.length > 1 &&
          h(
            "button",
            { class: "choice-button wide", onclick: () => takeAll(family) },
            t("rec_people_all_same", { n: family.length }),
          ),
        family.map(card),
        others.length > 0 && h("p", { class: "muted" }, t("rec_known_others", { n: others.length })),
        others.map(card),
      );
    },
    /** Asked in the card of a row that was typed; nothing waits for the answer. @param {string} row @param {HTMLElement} place */
    askTwin(row, place) {
      const person = twinOf(row);
      if (place.dataset.person === (person?.person_id ?? "")) return;
      place.dataset.person = person?.person_id ?? "";
      const asked = person && t("rec_twin", { who: words(person) });
      fill(
        place,
        person && [
          h("p", null, asked),
          h(
            "div",
            { class: "pair" },
            h("button", { class: "choice-button", onclick: () => isTwin(row, person) }, t("rec_twin_yes")),
            h("button", { class: "choice-button", onclick: () => isNoTwin(row, person) }, t("rec_twin_no")),
          ),
        ],
      );
      if (asked) screen.tell(asked);
    },
  };
}

/** Of the household as far as the file says. @param {Person} person */
const isFamily = (person) => person.household !== false;

/** A name as it is compared: the dots and blanks inside it are written in many ways. @param {unknown} name */
const plain = (name) => (typeof name === "string" ? name.replace(/[\s·•・.．]/g, "") : "");

/** Nothing speaks against it: one is not known, or one is the beginning of the other (1984, 1984-07). @param {unknown} ours @param {unknown} told */
const agree = (ours, told) =>
  typeof ours !== "string" || typeof told !== "string" || ours.startsWith(told) || told.startsWith(ours);
