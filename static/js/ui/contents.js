// The contents page: every section with what it lacks, the remarks, and the two ways to hand in.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { MOMENTS } from "./record-model.js";
import { remarkBlock } from "./remarks.js";

/** @typedef {import("./record-model.js").Trouble} Trouble */

/**
 * @param {import("./record.js").Screen} screen
 * @returns {{element: HTMLElement, heading: HTMLElement, update: () => void}}
 */
export function contentsPage(screen) {
  const { model, options } = screen;
  const heading = h("h1", { class: "page-title", tabIndex: -1 }, t("rec_contents"));
  const body = h("div");
  const element = h("div", { class: "page contents" }, heading, body);

  function update() {
    const all = model.troubles(null);
    fill(
      body,
      returnedNotice(),
      looseRemarks(),
      remarkList(),
      MOMENTS.filter((moment) => model.sectionsOf(moment).length > 0).map((moment) => momentBlock(moment, all)),
      !model.looked_on() &&
        model.state.later_alone.length > 0 &&
        h("p", { class: "pad muted" }, t("rec_later_alone", { n: model.state.later_alone.length })),
      options.door_handed_in && h("p", { class: "pad ok-text" }, t("rec_door_handed_in")),
    );
  }

  function returnedNotice() {
    return (
      options.returned?.text &&
      h(
        "div",
        { class: "remark remark-note" },
        h("p", { class: "remark-head" }, t("rec_returned")),
        h("p", null, options.returned.text),
      )
    );
  }

  /** Remarks on the whole report, or on what is no longer there, are answered here. */
  function looseRemarks() {
    return model.remarks.filter((remark) => !model.findable(remark.path)).map((remark) => remarkBlock(screen, remark));
  }

  function remarkList() {
    const open = model.unanswered();
    return (
      open.length > 0 &&
      h(
        "div",
        { class: "remark-list" },
        h("h2", { class: "group-title" }, t("rec_remarks_open", { n: open.length })),
        open
          .filter((remark) => model.findable(remark.path))
          .map((remark) => jump(screen, remark.path, labelAt(screen, remark.path), remark.text)),
      )
    );
  }

  /** @param {string} moment @param {Trouble[]} all */
  function momentBlock(moment, all) {
    const locked = !model.moments().includes(moment);
    return h(
      "section",
      { class: "moment" },
      h("h2", { class: "group-title" }, t(`rec_moment_${moment}`)),
      locked
        ? h("p", { class: "pad muted" }, t("rec_desk_locked"))
        : h(
            "ul",
            { class: "sections" },
            model.sectionsOf(moment).map((section) => sectionItem(moment, section, all)),
          ),
    );
  }

  /** @param {string} moment @param {string} section @param {Trouble[]} all */
  function sectionItem(moment, section, all) {
    const mine = model.troublesOf([moment, section], all);
    const wrong = mine.filter((trouble) => trouble.code !== "required");
    const missing = mine.length - wrong.length;
    const empty = section !== "" && model.nodeAt(section).kind === "repeat" && model.form.rows(section).length === 0;
    const state = wrong.length
      ? t("rec_n_wrong", { n: wrong.length })
      : missing
        ? t("rec_n_missing", { n: missing })
        : t(empty ? "rec_no_rows" : "rec_complete");
    return h(
      "li",
      null,
      h(
        "button",
        { class: "cell", onclick: () => screen.showPage([moment, section]) },
        h("span", { class: "cell-words" }, model.titleOf(section) || screen.formTitle()),
        h("span", { class: ["cell-state", mine.length ? "is-missing" : empty ? "muted" : "is-ok"] }, state),
        h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
      ),
      screen.attempted.has(moment) && mine.length > 0 && troubleList(screen, mine),
    );
  }

  update();
  return { element, heading, update };
}

/**
 * What is missing or wrong, each line a way to its question.
 * @param {import("./record.js").Screen} screen
 * @param {Trouble[]} troubles
 */
export function troubleList(screen, troubles) {
  return h(
    "ul",
    { class: "troubles" },
    troubles.map((trouble) =>
      h(
        "li",
        null,
        jump(
          screen,
          trouble.path,
          screen.model.safeLabel(trouble) ?? t("rec_masked"),
          screen.model.safeLabel(trouble) === null ? "" : trouble.message,
        ),
      ),
    ),
  );
}

/** @param {import("./record.js").Screen} screen @param {string} path @param {string} label @param {string} why */
function jump(screen, path, label, why) {
  return h(
    "button",
    { class: "jump", onclick: () => screen.goTo(path) },
    h("strong", null, label),
    why && h("span", null, why),
  );
}

/** @param {import("./record.js").Screen} screen @param {string} path */
function labelAt({ model }, path) {
  return model.safeLabel({ path, code: "", message: "", label: model.titleOf(path), moment: "" }) ?? t("rec_masked");
}
