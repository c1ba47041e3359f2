// What the page of two versions says, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  merge_across: [
    "两个版本用的表单不同，不能逐项合并。请选一个接着写；另一个服务器上也留着。",
    "They were filled in on different versions of the form and cannot be merged answer by answer. Choose one to go on with; the server keeps the other too.",
  ],
  merge_alone_done: [
    "两个版本已合成一份，没有冲突。请看一遍再提交。",
    "Both versions are one now; nothing contradicted. Please look through it and hand it in.",
  ],
  merge_anew: ["都不对，重新写", "Neither: write it anew"],
  merge_desk: ["办公室电脑上写的", "Written at the office"],
  merge_elsewhere: ["另一部手机上写的", "Written on another phone"],
  merge_form_version: ["表单第 {n} 版", "version {n} of the form"],
  merge_guarded: ["还有 {n} 处要输入口令才能看", "{n} more are shown after your secret"],
  merge_here: ["这部手机上写的", "Written on this phone"],
  merge_in_home: [
    "走访结束后再选。这里会显示已经写下的回答，现在不要打开。",
    "Do this after the visit. It shows what was answered, so not now.",
  ],
  merge_intro: [
    "这份报告在两处都改过。没有矛盾的已自动合好；下面 {n} 处两边写的不一样，请逐一选定。选过的马上保存，全部选完才能提交。",
    "This report was changed in two places. What does not contradict is merged already. These {n} differ: please choose for each. Each choice is saved at once; the report can be handed in when all are made.",
  ],
  merge_no_answer: ["（没有填）", "(no answer)"],
  merge_other_kind: ["（另一版表单里的内容）", "(kept in the other version of the form)"],
  merge_progress: ["已选 {done} 处，还剩 {left} 处", "{done} chosen, {left} left"],
  merge_row: ["（保留这一行）", "(keep this row)"],
  merge_row_gone: ["（这一行已删去）", "(this row was taken away)"],
  merge_take: ["用这个", "Use this"],
  merge_take_whole: ["用这一份接着写", "Go on with this one"],
  merge_title: ["两个版本", "Two versions"],
  merge_written: ["手机时间 {at}", "phone's time {at}"],
};
