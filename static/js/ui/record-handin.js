// Handing in, at the door and for good: what stands against it is said in words, with a way to each question.

import { troubleList } from "./contents.js";
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { MOMENTS, UNREADABLE } from "./record-model.js";

/**
 * `said` stands above the page, `buttons` at the bottom of the screen: of the contents page, or of the only page of a short form.
 * @param {import("./record.js").Screen} screen
 */
export function handInBlock(screen) {
  const { model, options } = screen;
  const said = h("div", { class: "handin-said", role: "status", tabIndex: -1 });
  const buttons = h("div", { class: "handin-buttons" });
  /** What is missing at the door was shown: the next press hands in all the same. */
  let shown = false;
  let busy = false;

  /** A form without evening pages is done at the door: one button. */
  const short = model.plan.nodes.every(
    (/** @type {{kind: string, moment: string}} */ node) => !["question"].includes(node.kind) || node.moment === "door",
  );

  function update() {
    const door = !short && !options.door_handed_in && !options.at_desk && !options.in_private;
    // Judgement waits for the evening; a form that asks for none (consent, a visit that could not be made) is done at the door.
    const whole = model.mode !== "visit" || model.sectionsOf("desk").length === 0;
    const press = (/** @type {"door" | "submit"} */ intent, /** @type {string} */ look, /** @type {string} */ words) =>
      h("button", { class: look, disabled: busy, onclick: () => handIn(intent) }, words);
    fill(
      buttons,
      door && press("door", whole ? "choice-button wide" : "primary", t(shown ? "rec_door_anyway" : "rec_door")),
      whole && press("submit", "primary", t("rec_submit")),
      !door &&
        !whole &&
        h("button", { class: "choice-button wide", onclick: () => options.onLeave?.() }, t("rec_back")),
    );
    buttons.hidden = screen.readOnly;
  }

  /** @param {"door" | "submit"} intent */
  async function handIn(intent) {
    screen.setAttempted(intent === "door" ? ["door"] : MOMENTS);
    const all = model.troubles(null);
    const unreadable = all.filter((trouble) => UNREADABLE.has(trouble.code));
    const remarks = intent === "submit" ? model.unanswered() : [];
    if (unreadable.length > 0) return refuse(t("rec_unreadable", { n: unreadable.length }), unreadable);
    if (remarks.length > 0)
      return refuse(
        t("remarks_unanswered", { n: remarks.length }),
        remarks.map((remark) => ({
          path: remark.path,
          code: "",
          label: model.titleOf(remark.path) || t("rec_whole_report"),
          message: remark.text,
          moment: "",
        })),
      );
    if (intent === "submit" && all.length > 0) return refuse(t("answers_missing", { n: all.length }), all);
    const atDoor = all.filter((trouble) => trouble.moment === "door");
    if (intent === "door" && atDoor.length > 0 && !shown) {
      shown = true;
      update();
      return refuse(t("rec_door_missing", { n: atDoor.length }), atDoor);
    }
    await send(intent);
  }

  /** @param {"door" | "submit"} intent */
  async function send(intent) {
    busy = true;
    update();
    fill(said, h("p", null, t("rec_sealing")));
    try {
      const answers = model.form.submission(options.now()); // before `recorded`: it notes the end
      const { papers, recorded } = model.snapshot();
      await options.onDone({
        intent,
        answers,
        // Those of a row that was taken away go with it.
        papers: papers && Object.fromEntries(Object.entries(papers).filter(([path]) => model.findable(path))),
        recorded,
        replies: structuredClone(
          model.state.replies.filter((reply) => model.remarks.some((remark) => remark.remark_id === reply.remark_id)),
        ),
        visitors: (options.visitors ?? []).map((/** @type {{person_id: string}} */ visitor) => visitor.person_id),
        later_alone: [...model.state.later_alone],
      });
      fill(said, h("p", { class: "ok-text" }, t("rec_handed_in")));
      said.scrollIntoView({ block: "center" });
      if (intent === "door") options.door_handed_in = true;
    } catch (error) {
      // Nothing is lost: the draft is where it was. The code's own sentence says what to do.
      const sentence = options.sentence?.(/** @type {any} */ (error)?.code, model.form.language) ?? {
        title: t("rec_handin_failed"),
        whatToDo: t("rec_handin_failed_do"),
      };
      fill(said, h("p", { class: "q-error" }, h("strong", null, sentence.title), " ", sentence.whatToDo));
    } finally {
      busy = false;
      shown = false;
      update();
    }
  }

  /** @param {string} words @param {import("./record-model.js").Trouble[]} troubles */
  function refuse(words, troubles) {
    // The contents page lists them below each section already.
    fill(
      said,
      h("p", { class: "q-error" }, words),
      (screen.model.state.page !== null || troubles.some((trouble) => trouble.code === "")) &&
        troubleList(screen, troubles),
    );
    said.focus();
    said.scrollIntoView({ block: "start" });
  }

  update();
  return { said, buttons, update };
}
