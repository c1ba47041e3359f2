// Where a report is being written, and what the other visitor has handed in, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  part_door: ["门口部分已交", "handed in at the door"],
  part_handed_in: ["已提交", "handed in"],
  part_writing: ["在写", "being written"],
  pen_at_desk: ["这份记录正在单位电脑上写", "This report is being finished at the desk"],
  pen_at_desk_do: [
    "现在手机上只能看。电脑上写了还没提交的内容，留在电脑上的草稿里。",
    "On the phone it can only be read now. What was typed there and not handed in stays in the draft at the desk.",
  ],
  pen_since: ["{at} 起在单位电脑上写", "written at the desk since {at}"],
  pen_take: ["在这里继续写", "Write on here again"],
  pen_taken: [
    "可以在手机上写了。联网后，单位电脑上会看到。",
    "You can write here now. The desk sees it once there is a link.",
  ],
  this_visit_others: ["同行的人和单位电脑", "The other visitor, and the desk"],
};
