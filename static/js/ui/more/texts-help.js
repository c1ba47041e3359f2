// That help came, in both languages: the sentence of the calendar at the desk, and no word more.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  help_come: ["帮扶到位了", "Help has come"],
  help_come_here: ["这家的帮扶已到位。", "The help for this family has come."],
  help_come_to: ["您走访的 {code} 家，帮扶已到位。", "The help for {code}, a family you carried, has come."],
};
