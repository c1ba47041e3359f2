// All that this phone can be asked to show, each tried; the first four were tried when the page began. A question to the person (camera,
// finger) is asked only by the act that needs it: here it is seen whether there is something to ask for.

import { addPairs, t } from "../ui/i18n.js";
import { TEXTS } from "../ui/more/texts-first.js";
import { inAppBrowser } from "../ui/readiness.js";

/** @typedef {import("../ui/readiness.js").Check} Check */

/** Slower than this the lighter derivation is taken, with a longer number (limits.js); nothing is wrong with the phone. */
const SLOW_MS = 2_000;

addPairs(TEXTS);

/** @param {import("../wire-app.js").App} app @returns {Promise<Check[]>} */
export async function tryAll(app) {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  const free_mb = estimate?.quota ? Math.round((estimate.quota - (estimate.usage ?? 0)) / 1e6) : null;
  const [sealing, camera, finger] = await Promise.all([trySealing(app), tryCamera(), tryFinger()]);
  const said = free_mb === null ? undefined : t("ready_space_mb", { n: free_mb });
  return [
    ...app.checks.map((check) => (check.key === "space" ? { ...check, said } : check)),
    sealing,
    camera,
    { key: "packed", state: (await tryPacking()) ? "ok" : "bad" },
    { key: "finger", state: finger ? "ok" : "warn" },
    { key: "system", state: inAppBrowser(navigator.userAgent) ? "warn" : "ok" },
  ];
}

/** Worker, WebCrypto, Argon2id, as an enrolment needs them, and how long it took. @param {import("../wire-app.js").App} app @returns {Promise<Check>} */
async function trySealing(app) {
  try {
    const { ms } = await app.vaults.prepare();
    const said = t("ready_sealing_s", { n: (ms / 1000).toFixed(1) });
    return { key: "sealing", state: ms <= SLOW_MS ? "ok" : "warn", said };
  } catch {
    return { key: "sealing", state: "bad" };
  }
}

/** @returns {Promise<Check>} */
async function tryCamera() {
  const { mediaDevices } = navigator;
  const devices = await mediaDevices?.enumerateDevices?.().catch(() => []);
  const there = !!mediaDevices?.getUserMedia && !!devices?.some(({ kind }) => kind === "videoinput");
  return { key: "camera", state: there ? "ok" : "warn" };
}

/** What goes up and down is deflated; what comes out must be what went in. */
async function tryPacking() {
  try {
    const stream = new Blob(["fieldapp"]).stream();
    const packed = stream.pipeThrough(new CompressionStream("deflate"));
    return (await new Response(packed.pipeThrough(new DecompressionStream("deflate"))).text()) === "fieldapp";
  } catch {
    return false;
  }
}

async function tryFinger() {
  const asked = globalThis.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable;
  return !!asked && asked.call(PublicKeyCredential).catch(() => false);
}
