// The phone's own modules, without its screens: a vault enrolled at the real server, its queue filled and sent.
// Evaluated on a page of the phone's origin; gives back { enrol, handIn, send }.

async () => {
  const [{ openRoot }, { createApi }, { createVaults }, { createOutbox }, { openStore }, { newId }] = await Promise.all(
    ["store/root.js", "api.js", "vault.js", "outbox.js", "store/db.js", "ids.js"].map((name) => import(`/static/js/${name}`)),
  );
  const worker = "/static/js/vault-worker.js";
  const policy = trustedTypes.createPolicy("fieldapp", { createScriptURL: (url) => url });
  const startWorker = () => new Worker(policy.createScriptURL(worker), { type: "module" });
  let requests = 0;
  let is_held = false;
  const counted = (path, options) => {
    if (is_held) return Promise.reject(new TypeError("no link yet"));
    if (path.startsWith("/sync/v1/exchange")) requests += 1;
    return fetch(path, options);
  };
  const root = openRoot();
  const api = createApi({ fetch: counted });
  const vaults = createVaults({ root, api, startWorker });
  // It sends when it is told to: a timer that never rings, so that each exchange is one we asked for.
  const timer = { set: () => 0, clear: () => {} };
  const outbox = createOutbox({ vaults, api, openStore, timer });
  await vaults.start();

  async function enrol({ code24, login, password }) {
    await vaults.prepare();
    const secret = "four words that nobody else would choose";
    await vaults.enrol({ code24, login, password, secret, kind: "passphrase", pin: "307418" });
    await outbox.ready();
    await send();
  }

  /** Without a link: nothing may leave before the clock runs. */
  async function handIn({ bodies, families, district, form_version }) {
    is_held = true;
    for (const [number, body] of bodies.entries()) {
      const [case_id, visit_id] = families[number % families.length];
      const ids = { case_id, visit_id, record_id: newId(Date.now()) };
      const head = { kind: "revision", intent: "submit", district, ...ids, form: "F2", form_version, parents: [] };
      await outbox.handIn({ head, body });
    }
  }

  /** Until nothing waits. */
  async function send() {
    is_held = false;
    const before = requests;
    const from = performance.now();
    let last = await outbox.sendNow();
    while (outbox.status.counts.waiting > 0 && last.contact) last = await outbox.sendNow();
    const took = performance.now() - from;
    return { seconds: took / 1000, requests: requests - before, contact: last.contact, counts: outbox.status.counts };
  }

  return { enrol, handIn, send };
}
