// express-pouchdb with everything in memory; says its port and then serves until it is ended.
import { createRequire } from "node:module";
import path from "node:path";

// The packages lie in the folder this is started in, not beside this file.
const require = createRequire(path.join(process.cwd(), "package.json"));
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-mapreduce"))
  .plugin(require("pouchdb-replication"));

const app = require("express")();
const InMemory = PouchDB.defaults({ adapter: "memory" });
app.use("/", require("express-pouchdb")(InMemory, { inMemoryConfig: true, mode: "minimumForPouchDB", logPath: "/dev/null" }));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
