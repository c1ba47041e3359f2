// A phone with PouchDB 9, in memory: reads one JSON command a line, answers each with one line.
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(path.join(process.cwd(), "package.json"));
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-adapter-http"))
  .plugin(require("pouchdb-replication"));

const address = process.argv[2];
let requests = 0;
let name = 0;

function remote() {
  const counted = (url, options) => {
    requests += 1;
    return PouchDB.fetch(url, options);
  };
  return new PouchDB(address, { fetch: counted });
}

const fresh = () => new PouchDB(`phone-${(name += 1)}`, { adapter: "memory" });

/** Until it went through: what was cut is begun again, from the last checkpoint. */
async function whole(replicate) {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      const done = await replicate();
      if (done.ok !== false) return tries;
    } catch (error) {
      if (tries === 19) throw error;
    }
  }
  throw new Error("it never went through");
}

/**
 * As an app is told to use it over a bad link: `live` with `retry`, which waits and begins again by itself after a break. Until all that
 * the phone holds has gone up.
 */
async function untilItIsThere(phone) {
  const { update_seq } = await phone.info();
  let reached = 0;
  const going = phone.replicate.to(remote(), { live: true, retry: true });
  going.on("change", ({ last_seq }) => {
    reached = last_seq;
  });
  await new Promise((resolve, reject) => {
    going.on("paused", (error) => !error && reached >= update_seq && resolve());
    for (const end of ["error", "denied", "complete"]) going.on(end, (why) => reject(new Error(`${end}: ${why?.message}`)));
  });
  going.removeAllListeners();
  going.cancel();
}

const acts = {
  async put(phone, { docs }) {
    await phone.bulkDocs(docs);
  },
  async photos(phone, { docs }) {
    for (const { _id, data } of docs) {
      const photo = Buffer.from(data, "base64");
      await phone.put({ _id, _attachments: { photo: { content_type: "image/jpeg", data: photo } } });
    }
  },
  send: untilItIsThere,
  push: (phone) => whole(() => phone.replicate.to(remote())),
  async sync(phone) {
    await whole(() => phone.replicate.to(remote()));
    await whole(() => phone.replicate.from(remote()));
  },
};

let phone = fresh();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  requests = 0;
  const from = performance.now();
  if (command.act === "pull") {
    phone = fresh();
    await whole(() => phone.replicate.from(remote()));
  } else {
    await acts[command.act](phone, command);
  }
  const held = (await phone.info()).doc_count;
  console.log(JSON.stringify({ seconds: (performance.now() - from) / 1000, requests, held }));
}
