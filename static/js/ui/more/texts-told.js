// After a lead: the question who told us, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  lead_contact: ["要记下是谁反映的吗？", "Note down who told us?"],
  lead_contact_no: ["不用", "No"],
  lead_contact_now: ["登记联系人", "Note the contact"],
  lead_contact_why: [
    "单独一页，单独加密，只有您和主管能看到。不愿说身份的也可以记。",
    "A page of its own, sealed on its own; only you and the supervisor can see it. Somebody who will not be named can be noted too.",
  ],
};
