// The oldest browser we promise (decision 0027) is what these tests run in, whatever browser runs them.

import { equal } from "./county.js";

export function test_what_came_after_the_oldest_phone_is_not_there_to_be_leaned_on() {
  const scope = /** @type {any} */ (globalThis);
  const { groupBy } = scope.Object;
  const { getPublicKey } = scope.crypto.subtle;
  equal([typeof scope.Array.prototype.toSorted, typeof scope.Iterator, typeof groupBy], Array(3).fill("undefined"));
  equal([typeof getPublicKey, typeof scope.Promise.withResolvers], Array(2).fill("undefined"));
  equal([typeof scope.structuredClone, typeof scope.CompressionStream], Array(2).fill("function"));
}

export async function test_the_worker_that_seals_has_no_more_than_the_page() {
  const script = await (await fetch("/static/js/vault-worker.js")).text();
  equal(script.startsWith('import "/tests/js/floor.js";'), true);
}
