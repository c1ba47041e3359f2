// Photos, papers and sounds of this page on their way up, and what wiped vaults left of them.

import { filesApi } from "./api-files.js";
import { handInRest, filesOf as ofPage } from "./files.js";

/** @typedef {Pick<ReturnType<typeof import("../api.js").createApi>, "send">} Api */

/** The one of this page; of a practice nothing leaves it. @param {import("../wire-app.js").App} app @param {any} api */
export function filesOf({ vaults, outbox, training, now }, api) {
  const files = ofPage({ vaults, now });
  files.connect({ outbox, api: training ? null : filesApi(api) });
  return files;
}

/** @param {any} vaults what is left of one @param {Api} api */
export const restOf = (vaults, api) => handInRest({ vaults, api: filesApi(api) });
