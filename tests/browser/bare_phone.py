"""The modules of the phone without the app, connected as the wiring does: on a page of its origin where nothing starts.

page.goto(f"{address}{PATH}")
page.evaluate(CONNECT, {"sends_by_itself": True})          `globalThis.phone` = {vaults, outbox, files, newId, hurry}
page.evaluate(ENROL, [code, login, password, SECRET])

`phone.hurry(times)`: from here on the clock by which it sends goes so many times as fast as the wall's; at 0 it stands.
For what such a phone finds slow, a test need not wait.
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
  let clock = { said: Date.now(), at: Date.now(), times: 1 };
  const now = () => clock.said + clock.times * (Date.now() - clock.at);
  const hurry = (times) => {
    clock = { said: now(), at: Date.now(), times };
  };
  const outbox = createOutbox({ vaults, api, openStore, timer, now });
  await vaults.start();
  const files = createFiles({ vaults, outbox, api: filesApi(api), now });
  globalThis.phone = { vaults, outbox, files, newId: () => newId(Date.now()), hurry };
}"""
ENROL = """async ([code24, login, password, secret]) => {
  await phone.vaults.enrol({ code24, login, password, secret, kind: "passphrase", pin: "280417" });
  await phone.outbox.ready();
}"""
