/** @type {Record<string, string>} */
export const zh = {};
