// The page of the ways in, opened from the settings.

import { generateDigits } from "../ids.js";
import { PASSPHRASE_CHARACTERS_MIN, PIN_DIGITS } from "../limits.js";
import { t } from "../ui/i18n.js";
import { openWays } from "../ui/more/ways.js";
import { checkNewPin, judgeSecret } from "../vault.js";
import { askSecret, say } from "../wire-app.js";

/** @typedef {import("../wire-app.js").App} App */

/** @param {App} app @param {HTMLElement} element */
export async function ways(app, element) {
  const { vaults } = app;
  const chosen = (await vaults.list()).find((one) => one.chosen);
  const { ways: allowed = [], pin_digits = PIN_DIGITS, secret_minimum } = vaults.person?.policy ?? {};
  const minimum = secret_minimum ?? PASSPHRASE_CHARACTERS_MIN;
  const act = await vaults.ways();
  openWays(element, {
    ...{
      has: chosen?.ways ?? [],
      allowed,
      pinDigits: pin_digits,
      digits: act.digits,
      minimum,
      generateDigits,
      sentence: say,
    },
    askSecret: (take) => askSecret(app, take),
    addPin: (secret, pin) => act.setPin({ secret, pin }),
    addPrf: (secret) => act.setPrf({ secret }),
    remove: (secret, way) => act.remove({ secret, way }),
    change: (secret, kind, next) => act.change({ secret, to: { secret: next, kind } }),
    checkNewPin: (pin) => checkNewPin(pin, pin_digits),
    checkNewSecret: (secret, kind, digits) => judgeSecret(secret, kind, digits, minimum),
    again: () => void app.nav.again(),
  });
  return { title: t("ways"), tab: "settings", back: true };
}
