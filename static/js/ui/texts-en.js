/** @type {Record<string, string>} */
export const en = {};
