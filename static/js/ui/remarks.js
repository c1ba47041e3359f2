// A supervisor's remark beside the question it is about, and the worker's reply to it.
import { fill, h, newId } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./record-model.js").Remark} Remark */
/** @typedef {import("./record-model.js").Reply} Reply */

/**
 * @param {import("./record.js").Screen} screen
 * @param {Remark} remark
 */
export function remarkBlock(screen, remark) {
  const { model } = screen;
  const kept = blocks.get(screen)?.get(remark.remark_id);
  if (kept) {
    kept.update();
    return kept.element;
  }
  const explainId = newId("r");
  const replies = h("div", { class: "pair three", role: "group", "aria-label": t("rec_reply") });
  const box = h("textarea", { id: explainId, class: "box", rows: 2, oninput: () => answer("explained", box.value) });
  const explain = h("div", { hidden: true }, h("label", { for: explainId }, t("rec_reply_explain_how")), box);
  const status = h("p", { class: "muted", role: "status" });
  const element = h(
    "div",
    { class: ["remark", `remark-${remark.kind}`] },
    h("p", { class: "remark-head" }, t(`rec_remark_${remark.kind}`)),
    h("p", { class: "remark-text" }, remark.text),
    (remark.ways ?? []).length > 0 &&
      h(
        "p",
        { class: "muted" },
        t("rec_remark_ways", { ways: (remark.ways ?? []).map((way) => t(`rec_way_${way}`)).join(t("rec_list_comma")) }),
      ),
    remark.kind !== "note" && !screen.readOnly && [replies, explain],
    status,
  );

  /** @param {Reply["reply"]} reply @param {string} text */
  function answer(reply, text) {
    model.state.replies = [
      ...model.state.replies.filter((one) => one.remark_id !== remark.remark_id),
      { remark_id: remark.remark_id, reply, text },
    ];
    screen.note();
    update();
  }

  /** @param {Reply["reply"]} reply @param {string} words */
  function button(reply, words) {
    const chosen = model.replyTo(remark.remark_id)?.reply === reply;
    return h(
      "button",
      {
        class: "choice-button",
        "aria-pressed": String(chosen),
        dataset: { reply },
        onclick: () => {
          answer(reply, reply === "explained" ? box.value : "");
          if (reply === "explained") box.focus();
        },
      },
      words,
    );
  }

  function update() {
    const reply = model.replyTo(remark.remark_id);
    const had = /** @type {HTMLElement | null} */ (
      replies.contains(document.activeElement) ? document.activeElement : null
    )?.dataset.reply;
    fill(
      replies,
      button("changed", t("rec_reply_changed")),
      button("explained", t("rec_reply_explained")),
      button("spared", t("rec_reply_spared")),
    );
    if (had) /** @type {HTMLElement | null} */ (replies.querySelector(`[data-reply="${had}"]`))?.focus();
    explain.hidden = reply?.reply !== "explained";
    if (document.activeElement !== box) box.value = reply?.reply === "explained" ? reply.text : "";
    // "Changed" is a claim the screen can check: it is not taken for an answer that stands as it was.
    status.textContent = reply?.reply === "changed" && !model.hasChanged(remark) ? t("rec_reply_not_changed") : "";
  }
  update();
  const mine = blocks.get(screen) ?? new Map();
  mine.set(remark.remark_id, { element, update });
  blocks.set(screen, mine);
  return element;
}

/** A block is made once for each screen: writing an explanation must survive the redraw of its row. @type {WeakMap<object, Map<string, {element: HTMLElement, update: () => void}>>} */
const blocks = new WeakMap();

/** After a change of language every block is made anew. @param {object} screen */
export function forgetBlocks(screen) {
  blocks.delete(screen);
}
