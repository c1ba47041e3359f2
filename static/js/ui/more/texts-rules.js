// The library of rules, and what the settings say beside it, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  rules: ["规定和文件", "Rules"],
  rules_gone: ["这份文件已不再使用。", "This rule is no longer in force."],
  rules_hint: ["没有信号也能看。", "To be read without a signal too."],
  rules_none: ["还没有文件。联网以后会下来。", "There are none yet. They come with the next connection."],
  rules_nothing: ["没有标题里有这些字的文件。", "No rule has these words in its title."],
  rules_search: ["按标题找", "Find by title"],
  lease_until: ["离线可用到 {at}", "Works offline until {at}"],
  update_hint: ["更新后要重新解锁，内容不会丢。", "You unlock again after it; nothing is lost."],
  update_there: ["有新版本", "A new version is here"],
};
