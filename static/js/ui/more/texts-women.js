// Whether she would rather go on with a woman: asked for quietly, in both languages. Neither says why.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  women_ask: ["可以轻声问一句：愿不愿意换一位女同志接着谈", "You may ask quietly: would she rather go on with a woman"],
  women_ask_do: [
    "怎么选都由她。愿意换，就先停在这里，联系主管；愿意接着谈，就接着谈。已经填的都在，回去把她的意思写进记录。",
    "It is for her to say. If she would, stop here and call your supervisor; if not, go on. What is filled in stays. Write down later what she wanted.",
  ],
};
