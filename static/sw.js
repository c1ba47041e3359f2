// Caches our own static files, all of one version or none, and nothing else: no answer of the server, no byte of a person.
// A plain classic script that imports nothing. The server writes version and SHA-256 of each file into the next line.
// biome-ignore format: the server looks for exactly this line.
const SHELL = /*SHELL*/null;

const PREFIX = "fieldapp-shell-";

const scope = /** @type {any} */ (self);
/** @type {{version: string, files: Record<string, string>}} */
const shell = SHELL ?? { version: "none", files: {} };
const CACHE = PREFIX + shell.version;

scope.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
scope.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const file = fileOf(event.request);
  if (file) event.respondWith(answer(file, event.request));
});
scope.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.type === "skipWaiting") event.waitUntil(scope.skipWaiting());
  if (event.data?.type === "version") event.ports[0]?.postMessage({ version: shell.version });
});

/** Which shell file answers this request; null leaves it to the net, untouched. @param {Request} request */
function fileOf(request) {
  if (request.method !== "GET") return null;
  const url = new URL(request.url);
  if (url.origin !== scope.location.origin) return null;
  if (request.mode === "navigate") return url.pathname.startsWith("/sync/") ? null : listed("/");
  return url.search === "" ? listed(url.pathname) : null;
}

/** @param {string} path */
const listed = (path) => (Object.hasOwn(shell.files, path) ? path : null);

/** @param {string} file @param {Request} request */
async function answer(file, request) {
  const cache = await caches.open(CACHE);
  // A browser that cleaned its cache still gets the app where there is a link.
  return (await cache.match(file)) ?? fetch(request);
}

/** All or nothing: one file that is missing or has other bytes, and this version never comes to be. */
async function install() {
  const files = Object.entries(shell.files);
  if (files.length === 0) throw new Error("no shell was written into this worker");
  const old = await oldFiles();
  try {
    const cache = await caches.open(CACHE);
    await Promise.all(files.map(async ([path, digest]) => cache.put(path, await verified(path, digest, old))));
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

/** The file with exactly these bytes: from the version that runs now where it has them, else from the net. @param {string} path @param {string} digest @param {Cache[]} old */
async function verified(path, digest, old) {
  for (const cache of old) {
    const kept = await cache.match(path);
    if (kept && (await digestOf(kept.clone())) === digest) return kept;
  }
  const response = await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error" });
  if (!response.ok || (await digestOf(response.clone())) !== digest)
    throw new Error(`the bytes of ${path} are not those of this version`);
  return response;
}

/** @param {Response} response */
async function digestOf(response) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await response.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function oldFiles() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  return Promise.all(names.map((name) => caches.open(name)));
}

/** Only our own older versions go; another cache of this origin is none of our business. */
async function activate() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}
