// Run by test_authenticator.py, with an authenticator that the browser plays.

import { County, enrolledPhone, killed, SECRET, unlocked } from "./county.js";

/** @returns {Promise<string>} what became of it: the code of the refusal, or how the phone stands after it was opened without a link */
export async function setAndOpen() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  try {
    await (await made.vaults.ways()).setPrf({ secret: SECRET });
  } catch (problem) {
    return /** @type {any} */ (problem).code;
  }
  const again = await killed(made, county);
  county.loses = "request";
  await unlocked(again, "", "prf");
  const { ways } = (await again.vaults.list())[0];
  const me = await again.outbox.store.inbox.me();
  return `${again.vaults.state} ${ways} ${me.name}`;
}
