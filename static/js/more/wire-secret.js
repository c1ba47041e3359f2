// The office may ask for longer passphrases than when hers was chosen: said calmly above the list, and can be put off.

import { PASSPHRASE_CHARACTERS_MIN } from "../limits.js";
import { h } from "../ui/dom.js";
import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-longer.js";
import { button, notice, primary } from "../ui/parts.js";
import { inHome, storeOf } from "../wire-app.js";

/** Put off, it is said again after so long. */
const AGAIN_MS = 7 * 86_400_000;

/** @typedef {{characters?: number, later?: number}} Noted sealed: how long her passphrase is, and until when she put it off */

addPairs(TEXTS);

/** @param {import("../wire-app.js").App} app its policy asks for more than every passphrase has */
export async function askLonger(app) {
  const { vaults, now } = app;
  const minimum = vaults.person?.policy?.secret_minimum;
  const { state } = storeOf(app);
  if ((await vaults.list()).find(({ chosen }) => chosen)?.kind !== "passphrase") return;
  /** @type {Noted} */
  const noted = (await state.get("secret").catch(() => null)) ?? {};
  // By another way in it is not typed: then it is as long as when it was typed last.
  const typed = app.typed ?? 0;
  const isTyped = typed >= PASSPHRASE_CHARACTERS_MIN;
  const characters = isTyped ? typed : noted.characters;
  if (isTyped && characters !== noted.characters) await keep({ characters });
  if (characters === undefined || characters >= minimum || now() < (noted.later ?? 0) || inHome(app)) return;
  const list = vaults.state === "open" && document.querySelector("#screen-worklist");
  if (!list) return; // covered or locked meanwhile: said at the next unlock
  const card = h(
    "section",
    { class: "group panel", id: "longer-secret" },
    notice({ title: t("longer_secret", { n: minimum }), whatToDo: t("longer_secret_do") }, "ok"),
    h(
      "div",
      { class: "actions" },
      primary(t("longer_secret_now"), () => void app.nav.go("ways"), { id: "longer-secret-now" }),
      button(t("longer_secret_later"), () => void later(), { id: "longer-secret-later" }),
    ),
  );
  list.prepend(card);

  async function later() {
    await keep({ characters, later: now() + AGAIN_MS });
    card.remove();
  }

  /** On a full phone she is asked again. @param {Noted} next */
  function keep(next) {
    return state.put("secret", next).catch(() => {});
  }
}
