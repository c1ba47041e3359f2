// The number under a bar code: read by the camera where the browser can, typed everywhere.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import { textWidget } from "../text.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */

const LOOK_MS = 250;

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const text = textWidget(field);
  text.control.setAttribute("aria-labelledby", field.labelId);
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  const said = h("p", { class: "q-note", role: "status" });
  const button = h("button", { class: "choice-button wide", onclick: scan }, t("rec_scan"));
  const canScan = Detector && navigator.mediaDevices;

  async function scan() {
    fill(said);
    /** @type {MediaStream} */
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      said.textContent = t("rec_scan_no_camera");
      return;
    }
    const video = h("video", { class: "scanner", autoplay: true, playsinline: true, muted: true });
    video.srcObject = stream;
    const close = field.screen.openPanel({
      title: t("rec_scan"),
      body: [h("p", null, t("rec_scan_hold")), video],
      foot: [h("button", { class: "primary", onclick: () => close() }, t("rec_scan_type"))],
      from: text.control,
    });
    const detector = new Detector();
    // Whatever closes the panel takes the picture away: the camera goes off with it.
    const look = async () => {
      if (!video.isConnected) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      const [code] = await detector.detect(video).catch(() => []);
      if (code && video.isConnected) {
        field.typed(code.rawValue);
        close();
        text.update(field.screen.model.form.view(field.path));
      }
      setTimeout(look, code ? 0 : LOOK_MS);
    };
    void look();
  }

  return { ...text, element: h("div", null, text.element, canScan && button, said), invalid: [text.control] };
}
