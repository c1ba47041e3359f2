// Caches our own static files, all of one version or none, and nothing else: no answer of the server, no byte of a person.
// A plain classic script that imports nothing. The server writes version, parts and digest of each file into the next line.
// biome-ignore format: the server looks for exactly this line.
const SHELL = /*SHELL*/null;

const PREFIX = "fieldapp-shell-";
const PACK_FROM = 20; // so many files of a pack missing: one answer with all of them is less than asking for each

const scope = /** @type {any} */ (self);
/** The parts are the list's files in its order: where each part comes from (null: the page has loaded it), and how many they are. */
/** @type {{version: string, parts: [string | null, number][], files: Record<string, string>}} */
const shell = SHELL ?? { version: "none", parts: [], files: {} };
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

scope.addEventListener("sync", (/** @type {any} */ event) => event.tag === "send" && event.waitUntil(wake()));

/** A link is back. Pages send, this worker never does. */
async function wake() {
  const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ type: "wake" });
}

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
    for (const [path, response] of kept) await cache.put(path, response);
    let next = 0;
    // One after the other: what every phone runs comes first, and memory holds one pack at a time.
    for (const [pack, count] of shell.parts) {
      const part = files.slice(next, next + count);
      next += count;
      const missing = part.filter(([path]) => !kept.has(path));
      const packed = pack && missing.length >= Math.min(PACK_FROM, count) ? await unpacked(pack, part) : new Map();
      await Promise.all(missing.map(async ([path, digest]) => cache.put(path, await verified(path, digest, packed))));
    }
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

/** The file with exactly these bytes: out of the pack, or as the page loaded it a moment ago, or from the net. @param {string} path @param {string} digest @param {Map<string, Response>} packed */
async function verified(path, digest, packed) {
  const tries = packed.has(path)
    ? [() => packed.get(path)]
    : [() => ask(path, "force-cache"), () => ask(path, "reload")];
  for (const attempt of tries) {
    const response = await attempt();
    if (response?.ok && (await digestOf(response.clone())) === digest) return response;
  }
  throw new Error(`the bytes of ${path} are not those of this version`);
}

/** The page's own way of asking, so that the browser finds what the page was sent. @param {string} path @param {RequestCache} cache */
const ask = (path, cache) => fetch(path, { cache, credentials: "same-origin", redirect: "error" });

/** A part in one answer: u32 length of head ‖ head ‖ files. None where the server gives no pack: then each is asked for. @param {string} pack @param {[string, string][]} part */
async function unpacked(pack, part) {
  /** @type {Map<string, Response>} */
  const files = new Map();
  const answer = await ask(pack, "no-cache");
  if (!answer.ok) return files;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  let at = 4 + new DataView(bytes.buffer).getUint32(0);
  const lengths = JSON.parse(new TextDecoder().decode(bytes.subarray(4, at)));
  for (const [i, [path]] of part.entries()) {
    files.set(path, new Response(bytes.slice(at, at + lengths[i]), { headers: { "Content-Type": typeOf(path) } }));
    at += lengths[i];
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

/** The first 128 bits of SHA-256, in hex. @param {Response} response */
async function digestOf(response) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await response.arrayBuffer()), 0, 16);
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
