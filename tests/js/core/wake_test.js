// Background Sync only wakes pages, and never makes one ask without end; taking the cover off asks once.

import { wakeable } from "../../../static/js/more/wire-wake.js";
import { County, enrolledPhone, equal, revisionHead } from "./county.js";

const BODY = { answers: { head_name: "演示丁" }, replies: [], recorded: { started: 1, language: "zh" }, visitors: [] };

/** A browser that takes itself for online wakes as soon as it is asked to. */
class Browser extends EventTarget {
  asked = 0;
  isOnline = true;
  ready = Promise.resolve({ sync: { register: async () => this.#registered() } });

  #registered() {
    this.asked += 1;
    if (this.isOnline) this.wake();
  }

  wake() {
    this.dispatchEvent(new MessageEvent("message", { data: { type: "wake" } }));
  }
}

/** A phone with one report that no server answers, and how often it asked. @param {Browser} browser @param {EventTarget} page */
async function unanswered(browser, page) {
  const county = await County.create();
  const made = await enrolledPhone(county);
  wakeable(/** @type {any} */ (made), { serviceWorker: browser, page });
  county.loses = "request";
  await made.outbox.handIn({ head: revisionHead(), body: BODY });
  await settled(made);
  return { county, made };
}

/** Until nothing is on its way, and nothing that was woken begins. @param {any} made */
async function settled(made) {
  let calm = 0;
  while (calm < 20) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    calm = made.outbox.status.sending ? 0 : calm + 1;
  }
}

export async function test_where_only_the_server_is_away_a_page_is_woken_once_and_then_waits() {
  const [browser, page] = [new Browser(), new EventTarget()];
  const { county, made } = await unanswered(browser, page);
  equal(browser.asked, 1);
  const asked = county.requests;
  await settled(made);
  equal(county.requests, asked);
  // When the link itself goes, that is another time
  browser.isOnline = false;
  page.dispatchEvent(new Event("offline"));
  await made.outbox.sendNow();
  equal(browser.asked, 2);
  // And with the link everything goes by itself
  county.loses = null;
  browser.wake();
  await settled(made);
  equal([made.outbox.items()[0].state, browser.asked], ["received", 2]);
}

export async function test_after_a_contact_the_next_failure_asks_again() {
  const [browser, page] = [new Browser(), new EventTarget()];
  const { county, made } = await unanswered(browser, page);
  county.loses = null;
  await made.outbox.sendNow();
  county.loses = "request";
  await made.outbox.handIn({ head: revisionHead(), body: BODY });
  await made.outbox.sendNow();
  await settled(made);
  equal(browser.asked, 2);
}

export async function test_whoever_takes_the_cover_off_has_the_server_asked_once() {
  const county = await County.create();
  const made = await enrolledPhone(county);
  wakeable(/** @type {any} */ (made), { serviceWorker: new Browser(), page: new EventTarget() });
  await made.outbox.sendNow();
  await settled(made);
  const asked = county.requests;
  made.vaults.become("covered", "idle");
  await settled(made);
  equal(county.requests, asked);
  made.vaults.become("open", "uncovered");
  await settled(made);
  equal(county.requests, asked + 1);
}
