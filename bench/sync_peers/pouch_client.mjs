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
