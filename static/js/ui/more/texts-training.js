// What is said in a practice, in both languages: its own sentences, and those in whose place they stand, because nothing is sent here.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  training: ["练习", "Practice"],
  training_banner: ["练习：人物虚构，不会发出", "Practice: nothing is sent"],
  training_keys: ["PIN {pin} · 口令 {number}", "PIN {pin} · {number}"],
  training_leave: ["退出", "Leave"],
  training_leave_ask: ["退出后，练习的内容全部清除。", "What you practised is erased when you leave."],
  training_stay: ["继续练习", "Stay"],
  training_title: ["先练习一遍", "Practise first"],
  training_what: [
    "和真的走访一样：打开这家人，问、填、签字、提交。练习里的人都是虚构的。",
    "As in a real visit: open the family, ask, fill in, sign, hand in. The people are invented.",
  ],
  training_safe: [
    "练习的内容只在这台手机上，不会发给任何人，也打不开您真的工作。退出时全部清除。",
    "What you practise stays on this phone, goes to nobody and cannot touch your real work. It is erased when you leave.",
  ],
  training_real: ["真有危险，请直接打电话：110、120。", "In real danger make the call: 110, 120."],
  training_as: ["您要练习哪一种？", "What would you like to practise?"],
  training_caseworker: ["走访：调查、回访", "Visits: investigation, follow-up"],
  training_village: ["村里看望（八下点完）", "A look-in in the village (eight taps)"],
  training_begin_wait: ["正在准备练习…", "Making the practice ready…"],
  training_tray: ["练习盘", "Practice tray"],
  training_tray_hint: [
    "真的走访里，这些会加密发给主管审核。练习里到此为止，不会发出。",
    "In a real visit these go sealed to your supervisor. In the practice they end here.",
  ],
  training_tray_empty: ["还没有交过。去“清单”打开一家人试试。", "Nothing handed in yet. Open a family from the list."],
  training_door: ["门口的一份", "handed in at the door"],
  training_urgent: ["紧急记录（练习）", "Urgent record (practice)"],
  // In place of what is true of real work only:
  tab_sync: ["练习盘", "Tray"],
  handed: ["已提交，放进练习盘（不会发出）", "Handed in to the practice tray; not sent"],
  rec_handed_in: ["已交，放进练习盘，不会发出。", "Handed in to the practice tray; it is not sent."],
  state_waiting: ["在练习盘里", "In the tray"],
  line_waiting: ["练习盘里有 {n} 份", "{n} in the practice tray"],
  line_all_safe: ["练习盘是空的", "The practice tray is empty"],
  never_contact: ["不连服务器", "no server"],
  new_code: ["重新开始练习", "Begin another practice"],
  lock_waiting: ["练习盘里有 {n} 份", "{n} in the practice tray"],
  lock_waiting_some: ["练习盘里有内容", "Something is in the practice tray"],
  urgent_no_vault: ["练习还没有开始，这里不留记录", "The practice has not begun; no record is kept here"],
  urgent_no_vault_do: [
    "电话照样可以打。要报告真的情况，请先退出练习。",
    "Calling works all the same. To report something real, leave the practice first.",
  ],
  urgent_record: ["练习：留一份记录（不会发出）", "Practice: keep a record (it is not sent)"],
  urgent_record_hint: [
    "电话是真的会拨出；记录只在练习里。要报告真的情况，请先退出练习。",
    "Calls are real; the record stays in the practice. To report something real, leave the practice first.",
  ],
  urgent_saved: ["练习：已记下，没有发给任何人", "Practice: noted, sent to nobody"],
  urgent_saved_do: [
    "真有危险，请直接打电话，或退出练习再报。",
    "In real danger make the call, or leave the practice and report.",
  ],
};
