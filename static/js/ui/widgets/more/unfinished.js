// A recording that was cut off by a cover, a lock or an empty battery lies sealed on the phone: to keep, or to drop.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { BITS_PER_SECOND, minutes } from "./sound.js";

/**
 * Shows nothing where there is none.
 * @param {Pick<import("./papers.js").Papers, "files">} papers @param {HTMLElement} host @param {(value: import("./papers.js").FileValue) => void} keep
 */
export async function offerUnfinished(papers, host, keep) {
  const files = await papers.files;
  const [cut] = await files.unfinished().catch(() => []);
  if (!cut) return;
  const long = minutes((cut.bytes * 8000) / BITS_PER_SECOND); // about: what is kept of a second differs
  const take = async () => {
    try {
      keep(await cut.end());
      fill(host);
    } catch (thrown) {
      fill(host, h("p", { class: "q-error", role: "alert" }, files.sentence(thrown).title));
    }
  };
  const drop = () =>
    void cut.drop().then(
      () => fill(host),
      () => {},
    );
  fill(
    host,
    h("p", { class: "q-note" }, t("rec_sound_unfinished", { long })),
    h(
      "div",
      { class: "pair" },
      h("button", { class: "choice-button", onclick: () => void take() }, t("rec_sound_keep")),
      h("button", { class: "choice-button", onclick: drop }, t("rec_sound_drop")),
    ),
  );
}
