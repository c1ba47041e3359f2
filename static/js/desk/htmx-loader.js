// Loads htmx from the CDN address of the page, held to its hash; when the CDN does not answer in time, differs or is not
// named, the copy on this server. Every page works without either: forms are forms.
//
// The CDN is asked by a preload, which never executes: a script element that has begun to load cannot be stopped, and a late
// answer would run a second copy beside the local one.

const CDN_TIMEOUT_MS = 800;

const own = /** @type {HTMLScriptElement} */ (document.currentScript);
const { url, integrity, local } = own.dataset;

/** @param {string} address */
function run(address) {
  const script = document.createElement("script");
  script.src = address;
  script.integrity = integrity ?? "";
  script.crossOrigin = "anonymous";
  document.head.append(script);
}

if (url) {
  let settled = false;
  /** @param {string} address */
  const settle = (address) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    run(address);
  };
  const timer = setTimeout(() => settle(local ?? ""), CDN_TIMEOUT_MS);
  const ask = document.createElement("link");
  ask.rel = "preload";
  ask.as = "script";
  ask.integrity = integrity ?? "";
  ask.crossOrigin = "anonymous";
  ask.onload = () => settle(url);
  ask.onerror = () => settle(local ?? "");
  ask.href = url;
  document.head.append(ask);
} else {
  run(local ?? "");
}
