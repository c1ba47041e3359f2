// What is done first when somebody tells of violence: five lines below the calls for help, nothing to tick and nothing kept.
// 反家庭暴力法 15, 16, 20, 35; the assessment is form F5.

import { h } from "../dom.js";
import { pick } from "../i18n.js";
import { addSheet } from "./sheet.js";

/** In the order in which they are done. Her own wish comes before all but danger to life and to children. */
const STEPS = [
  {
    zh: "报警：正在发生的，先打 110，再把她和孩子带到安全的地方。",
    en: "Police: while it goes on call 110 first, then bring her and the children to safety.",
  },
  {
    zh: "固定证据：现场、伤口、损坏的东西拍照，聊天和报警记录留着；衣物先不洗。",
    en: "Evidence: photos of the place, injuries and damage; keep messages and police papers; wash no clothes yet.",
  },
  {
    zh: "就医：陪她去医院，跟医生说清怎么受的伤，病历留好。",
    en: "Doctor: go along to the hospital, tell how the injury came about, keep the record.",
  },
  {
    zh: "伤情鉴定：请公安开鉴定委托，越早做越好。",
    en: "Injury appraisal: ask the police for the order; the earlier the better.",
  },
  {
    zh: "评估风险：单独问她，填家暴风险评估；红、橙的马上告诉主管。",
    en: "Risk: ask her alone, fill in the risk assessment; red or orange goes to the supervisor at once.",
  },
];

/** @returns {HTMLElement} */
export function firstSteps() {
  addSheet();
  return h(
    "section",
    { id: "first-steps", "aria-labelledby": "first-steps-title" },
    h("h3", { id: "first-steps-title" }, pick({ zh: "先做这几件", en: "What is done first" })),
    h(
      "ol",
      { class: "steps" },
      STEPS.map((step) => h("li", null, pick(step))),
    ),
  );
}
