// Signing. Handover mode puts the phone into the hands of the person visited: only her own words and the pad are on screen, and leaving needs the PIN.
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { parentOf } from "../../record-model.js";

/** @typedef {import("../../record-model.js").Model} Model */

/** Visitors sign on their own phone; everybody else is handed it. At the desk nothing is handed over. @param {string} path @param {any} options */
export function isHandover(path, options) {
  return !options.at_desk && !/visitor/.test(path);
}

/**
 * The text a signature stands under, and of which it carries the hash: her own words read back (`read_back` beside the signature), else the notes beside it
 * (consent: what was read aloud), else why it is asked for, else its label.
 * @param {Model} model
 * @param {string} path
 * @param {any} options of openRecord
 */
export function signedText(model, path, options) {
  const beside = model
    .childrenOf(parentOf(path))
    .filter((child) => model.nodeAt(child).kind !== "hidden" && model.form.view(child).relevant);
  const words = isHandover(path, options)
    ? beside.find((child) => model.nodeAt(child).name === "read_back")
    : undefined;
  if (words) return typeof model.form.get(words) === "string" ? model.form.get(words) : "";
  const notes = isHandover(path, options)
    ? beside.filter((child) => model.nodeAt(child).kind === "note").map((child) => model.form.view(child).labelText)
    : [];
  const purpose = model.nodeAt(path).purpose;
  return notes.join("\n") || purpose?.[/** @type {"zh" | "en"} */ (model.form.language)] || model.titleOf(path);
}

/**
 * @param {import("../../record.js").Screen} screen
 * @param {string} path
 */
export async function openSigning(screen, path) {
  const { model, options } = screen;
  const text = signedText(model, path, options);
  if (text === "") {
    screen.say(t("rec_sign_no_text"));
    const words = model.childrenOf(parentOf(path)).find((child) => model.nodeAt(child).name === "read_back");
    if (words) screen.goTo(words);
    return;
  }
  const handover = isHandover(path, options);
  const canvas = h("canvas", { class: "pad-canvas", role: "img", "aria-label": t("rec_sign_pad"), tabIndex: 0 });
  const problem = h("p", { class: "q-error", role: "alert" });
  const done = h("button", { class: "primary", onclick: keep }, t("rec_sign_done"));
  const clear = h("button", { class: "choice-button", onclick: () => pad?.clear() }, t("rec_sign_clear"));
  const howAt = model.childrenOf(parentOf(path)).find((child) => model.nodeAt(child).name === "sign_how");
  const others =
    handover && howAt
      ? (model.form.view(howAt).choices ?? []).filter(
          (/** @type {{value: string}} */ choice) => choice.value !== model.form.get(howAt),
        )
      : [];
  const body = h(
    "div",
    { class: "signing" },
    h("p", { class: "sign-lead" }, handover ? t("rec_sign_lead") : model.titleOf(path)),
    h(
      "blockquote",
      { class: "sign-text" },
      text.split("\n").map((/** @type {string} */ line) => h("p", null, line)),
    ),
    canvas,
    problem,
    h("div", { class: "pair" }, clear, done),
    others.length > 0 &&
      h(
        "div",
        { class: "sign-others" },
        h("p", { class: "muted" }, t("rec_sign_otherwise")),
        others.map((/** @type {any} */ choice) =>
          h(
            "button",
            { class: "quiet", onclick: () => otherwise(choice.value) },
            // Who stands behind her may read along: "not safe" is not said here.
            choice.value === "not_safe" ? t("rec_sign_not_now") : choice.labelText,
          ),
        ),
      ),
    handover && h("div", { class: "sign-leave" }, h("button", { class: "quiet", onclick: leave }, t("rec_sign_leave"))),
  );
  const close = screen.openPanel({
    title: handover ? "" : model.titleOf(path),
    body: [body],
    foot: [],
    from: null,
    handover,
  });
  const pad = await padOn(canvas).catch(() => null);
  if (!pad) problem.textContent = t("rec_sign_no_pad");

  async function keep() {
    if (!pad || pad.isEmpty()) {
      problem.textContent = t("rec_sign_empty");
      return;
    }
    const { width, height } = canvas.getBoundingClientRect();
    const textHash = await options.hashText(text);
    screen.set(path, {
      strokes: strokesOf(pad.toData()),
      width: Math.round(width),
      height: Math.round(height),
      text_hash: textHash,
      signed_at: options.now(),
      by: signer(),
    });
    if (handover) thank();
    else finish();
  }

  /** @returns {string | null} who signed, where that is known */
  function signer() {
    if (handover) return options.subject ?? null;
    const signatures = model.childrenOf(parentOf(path)).filter((child) => model.nodeAt(child).type === "signature");
    return options.visitors?.[signatures.indexOf(path)]?.person_id ?? null;
  }

  /** Her words leave the screen before the phone changes hands again. */
  function thank() {
    body.replaceChildren(
      h("p", { class: "sign-lead" }, t("rec_sign_thanks")),
      h("button", { class: "primary", onclick: leave }, t("rec_sign_leave")),
    );
    body.querySelector("button")?.focus();
  }

  /** @param {string} how */
  function otherwise(how) {
    if (howAt) screen.set(howAt, how);
    thank();
  }

  async function leave() {
    if (handover && !(await options.askPin())) return;
    finish();
  }

  function finish() {
    pad?.off();
    close();
    screen.goTo(model.form.view(path).relevant ? path : (howAt ?? path));
  }
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<import("../../../../vendor/signature_pad-5.1.4-signature_pad.min.js").default>} */
async function padOn(canvas) {
  const { default: SignaturePad } = await import("../../../../vendor/signature_pad-5.1.4-signature_pad.min.js");
  // The canvas counts device pixels, strokes count CSS pixels.
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.getContext("2d")?.scale(ratio, ratio);
  return new SignaturePad(canvas, { penColor: getComputedStyle(canvas).color, minWidth: 1, maxWidth: 3 });
}

/** @param {{points: {x: number, y: number, time: number}[]}[]} groups @returns {[number, number, number][][]} x, y in CSS pixels, ms since the first touch */
function strokesOf(groups) {
  const start = groups[0]?.points[0]?.time ?? 0;
  return groups.map(({ points }) =>
    points.map(({ x, y, time }) => [Math.round(x), Math.round(y), Math.round(time - start)]),
  );
}
