"""The modules of the phone without the app, connected as the wiring does: on a page of its origin where nothing starts.

page.goto(f"{address}{PATH}")
page.evaluate(CONNECT, {"sends_by_itself": True})          `globalThis.phone` = {vaults, outbox, files, newId}
page.evaluate(ENROL, [code, login, password, SECRET])
"""

PATH = "static/js/ids.js"
SECRET = "山上 四匹 白马 饮水 two"

CONNECT = """async ({ sends_by_itself }) => {
  const js = (name) => import(`/static/js/${name}.js`);
  const { createVaults } = await js("vault");
  const { createOutbox } = await js("outbox");
  const { createApi } = await js("api");
  const { openRoot } = await js("store/root");
  const { openStore } = await js("store/db");
  const { filesApi } = await js("more/api-files");
  const { createFiles } = await js("more/files");
  const { newId } = await js("ids");
  const api = createApi();
  const policy = trustedTypes.createPolicy("fieldapp", { createScriptURL: (url) => url });
  const startWorker = () => new Worker(policy.createScriptURL("/static/js/vault-worker.js"), { type: "module" });
  const vaults = createVaults({ root: openRoot("test"), api, startWorker, measure: (run) => run().then(() => 2_001) });
  const timer = sends_by_itself ? undefined : { set: () => 0, clear: () => {} };
  const outbox = createOutbox({ vaults, api, openStore, timer });
  await vaults.start();
  const files = createFiles({ vaults, outbox, api: filesApi(api) });
  globalThis.phone = { vaults, outbox, files, newId: () => newId(Date.now()) };
}"""
ENROL = """async ([code24, login, password, secret]) => {
  await phone.vaults.enrol({ code24, login, password, secret, kind: "passphrase", pin: "280417" });
  await phone.outbox.ready();
}"""
