// Bundles the test suite inside openrosa-xpath-evaluator with a recorder in the place of its evaluator.
// node bundle.mjs FOLDER OUT: FOLDER has node_modules.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [, , folder, out] = process.argv;
const here = dirname(fileURLToPath(import.meta.url));
const packages = join(folder, "node_modules");
const suite = join(packages, "openrosa-xpath-evaluator");
const esbuild = (await import(pathToFileURL(join(packages, "esbuild/lib/main.js")))).default;

const specs = (path) =>
  readdirSync(path)
    .map((name) => join(path, name))
    .flatMap((one) => (statSync(one).isDirectory() ? specs(one) : one.endsWith(".spec.js") ? [one] : []))
    .sort();

await esbuild.build({
  stdin: {
    contents: ["require('recorder')", ...specs(join(suite, "test/integration")).map((spec) => `require(${JSON.stringify(spec)})`)].join(";\n"),
    resolveDir: here,
  },
  bundle: true,
  format: "iife",
  nodePaths: [packages],
  outfile: out,
  logLevel: "error",
  alias: { recorder: join(here, "recorder.cjs") },
  plugins: [
    {
      name: "recorder",
      setup(build) {
        build.onResolve({ filter: /src\/openrosa-xpath$/ }, () => ({ path: join(here, "recorder.cjs") }));
        build.onResolve({ filter: /^real-evaluator$/ }, () => ({ path: join(suite, "src/openrosa-xpath.js") }));
      },
    },
  ],
});
