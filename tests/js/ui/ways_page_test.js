// The page of the ways in says the numbers that the office has set, not those of a fixed sentence.

import { openWays } from "../../../static/js/ui/more/ways.js";
import { checkNewPin, judgeSecret } from "../../../static/js/vault.js";

/** @param {unknown} holds @param {string} why */
function assert(holds, why) {
  if (!holds) throw new Error(why);
}

/** @param {{minimum: number, pinDigits: number}} policy @returns {HTMLElement} the page, on the screen */
function page({ minimum, pinDigits }) {
  const root = document.createElement("div");
  document.body.append(root);
  openWays(root, {
    ...{ has: ["secret"], allowed: ["secret", "pin"], pinDigits, digits: 12, minimum },
    askSecret: async (take) => {
      take("the secret of now");
      return true;
    },
    addPin: async () => {},
    addPrf: async () => {},
    remove: async () => {},
    change: async () => {},
    checkNewPin: (pin) => checkNewPin(pin, pinDigits),
    checkNewSecret: (secret, kind, digits) => judgeSecret(secret, kind, digits, minimum),
    generateDigits: () => "123456789012",
    sentence: (code) => ({ title: code, whatToDo: "" }),
    again: () => {},
  });
  return root;
}

/** What is drawn in a later turn. @param {HTMLElement} root @param {string} selector @returns {Promise<HTMLElement>} */
async function shown(root, selector) {
  for (;;) {
    const found = root.querySelector(selector);
    if (found) return /** @type {HTMLElement} */ (found);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

export async function test_a_pin_has_the_digits_the_office_asks_for() {
  const root = page({ minimum: 12, pinDigits: 8 });
  (await shown(root, "#pin-add")).click();
  const pad = await shown(root, ".keypad");
  assert(pad.querySelectorAll(".dot").length === 8, "eight dots");
  const text = root.textContent ?? "";
  assert(text.includes("8 位 PIN") && !text.includes("和遮住屏幕用的一样"), text);
}

export async function test_a_passphrase_that_is_too_short_is_told_the_offices_length() {
  const root = page({ minimum: 15, pinDigits: 6 });
  (await shown(root, "#secret-change")).click();
  const own = await shown(root, "#way-passphrase");
  assert(own.textContent?.includes("至少 15 个字符"), own.textContent ?? "");
  own.click();
  const field = /** @type {HTMLInputElement} */ (await shown(root, "#new-passphrase"));
  field.value = "八只 绿色 茶杯 站在 窗";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  (await shown(root, "#enrol-next")).click();
  const said = await shown(root, "#ways-state [role=alert]");
  assert(said.textContent?.includes("至少 15 个字符"), said.textContent ?? "");
}
