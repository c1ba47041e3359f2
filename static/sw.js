// Caches our own static files, all of one version or none, and nothing else: no answer of the server, no byte of a person.
// A plain classic script that imports nothing. The server writes version and SHA-256 of each file into the next line.
// biome-ignore format: the server looks for exactly this line.
const SHELL = /*SHELL*/null;

const PREFIX = "fieldapp-shell-";
const PACK = "/shell.pack";
const PACK_FROM = 20; // so many files missing: one answer with all of them is less than asking for each

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
  try {
    const cache = await caches.open(CACHE);
    const kept = await keptFiles(files);
    const missing = files.filter(([path]) => !kept.has(path));
    const packed = missing.length >= PACK_FROM ? await unpacked() : new Map();
    for (const [path, response] of kept) await cache.put(path, response);
    await Promise.all(missing.map(async ([path, digest]) => cache.put(path, await verified(path, digest, packed))));
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

/** What the version that runs now holds with exactly these bytes. @param {[string, string][]} files */
async function keptFiles(files) {
  const old = await oldFiles();
  /** @type {Map<string, Response>} */
  const kept = new Map();
  for (const cache of old)
    for (const [path, digest] of files) {
      const response = kept.has(path) ? undefined : await cache.match(path);
      if (response && (await digestOf(response.clone())) === digest) kept.set(path, response);
    }
  return kept;
}

/** The file with exactly these bytes, out of the pack or from the net. @param {string} path @param {string} digest @param {Map<string, Response>} packed */
async function verified(path, digest, packed) {
  const response =
    packed.get(path) ?? (await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error" }));
  if (!response.ok || (await digestOf(response.clone())) !== digest)
    throw new Error(`the bytes of ${path} are not those of this version`);
  return response;
}

/** All files in one answer: u32 length of head ‖ head ‖ files. None where the server gives no pack: then each is asked for. */
async function unpacked() {
  /** @type {Map<string, Response>} */
  const files = new Map();
  const answer = await fetch(PACK, { cache: "no-cache", credentials: "omit", redirect: "error" });
  if (!answer.ok) return files;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  let at = 4 + new DataView(bytes.buffer).getUint32(0);
  for (const [path, length] of JSON.parse(new TextDecoder().decode(bytes.subarray(4, at))).files) {
    files.set(path, new Response(bytes.slice(at, at + length), { headers: { "Content-Type": typeOf(path) } }));
    at += length;
  }
  return files;
}

/** @type {Record<string, string>} */
const TYPES = { js: "text/javascript", css: "text/css", png: "image/png", svg: "image/svg+xml" };

/** @param {string} path */
function typeOf(path) {
  if (path === "/") return "text/html; charset=utf-8";
  if (path.endsWith(".webmanifest")) return "application/manifest+json";
  return TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
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
  // The page that installed us has not loaded every module yet: who enrols at the office and walks out of the door needs them.
  await scope.clients.claim();
}
