// A line that appears while a finger is on the screen moves the button it is on: the tap would be lost.

let pressed = false;
for (const [kind, down] of /** @type {[string, boolean][]} */ ([
  ["pointerdown", true],
  ["pointerup", false],
  ["pointercancel", false],
]))
  globalThis.addEventListener?.(kind, () => (pressed = down), { capture: true, passive: true });

/** Runs when the tap that is going on has reached its target; soon where there is none. @param {() => void} run */
export function afterTap(run) {
  // The click follows the release in the same task, so a task of its own comes after it.
  if (!pressed) return void setTimeout(run, 0);
  addEventListener("pointerup", () => setTimeout(run, 0), { capture: true, once: true });
}
