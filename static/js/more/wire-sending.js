// What comes to the queue once its owner has unlocked: a log for support, and a browser that wakes the page.

import { openLog } from "./wire-log.js";
import { wakeable } from "./wire-wake.js";

/** @param {import("../wire-app.js").App} app @param {import("./wire-log.js").Ask} ask @returns {import("./wire-log.js").Ask} the same, and noted */
export function afterUnlock(app, ask) {
  wakeable(app);
  return openLog(app, ask);
}
