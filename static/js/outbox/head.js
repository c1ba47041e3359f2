// The head of a package, as far as the queue knows it; hashes and signature are the vault's (docs/protocol.md section 3).

import { newId } from "../ids.js";
import { PROTOCOL_VERSION } from "../limits.js";

/**
 * All keys of a head, null where they do not apply. A revision gets an id when it has none.
 * @param {any} given @param {{now: number, author: string | null}} made ms of this phone's clock, and the person whose vault is open
 */
export function fullHead(
  {
    kind,
    district,
    case_id = null,
    visit_id = null,
    record_id = null,
    revision_id = null,
    parents = [],
    form = null,
    form_version = null,
    intent = null,
    number = null,
  },
  { now, author },
) {
  const id = kind === "revision" ? (revision_id ?? newId(now)) : null;
  return {
    ...{ v: PROTOCOL_VERSION, kind, district, case_id, visit_id, record_id, revision_id: id, parents },
    ...{ form, form_version, intent, number, device_time: Math.round(now), author },
  };
}
