// The library of rules, and what the settings say beside it, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  rules: ["规定和文件", "Rules"],
  rules_gone: ["这份文件已不再使用。", "This rule is no longer in force."],
  rules_hint: ["没有信号也能看。", "To be read without a signal too."],
  rules_none: ["还没有文件。联网以后会下来。", "There are none yet. They come with the next connection."],
  rules_nothing: ["没有标题里有这些字的文件。", "No rule has these words in its title."],
  rules_search: ["按标题找", "Find by title"],
  speak_up: [
    "觉得哪里不好用、不该这样问，或者要投诉：告诉给您开通手机的单位，也可以打 12345。讲应用，不讲哪一家。",
    "What works badly, should not be asked like this, or calls for a complaint: tell the office that set up your phone, or call 12345. Speak of the app, not of a family.",
  ],
  speak_up_title: ["意见和投诉", "Suggestions and complaints"],
  lease_until: ["离线可用到 {at}", "Works offline until {at}"],
  update_hint: ["更新后要重新解锁，内容不会丢。", "You unlock again after it; nothing is lost."],
  update_there: ["有新版本", "A new version is here"],
};
