// Bundles the peers as their own users would: minified, split where they split. node build.mjs FOLDER, the one with node_modules.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = process.argv[2];
const here = dirname(fileURLToPath(import.meta.url));
const packages = join(folder, "node_modules");
const built = join(folder, "built");
const esbuild = (await import(pathToFileURL(join(packages, "esbuild/lib/main.js")))).default;
const sass = await import(pathToFileURL(join(packages, "sass/sass.node.mjs")));

// What enketo-core lets an app put in its own place (the "browser" field of its package.json); we take its own.
const enketo = Object.fromEntries(
  ["js/widgets", "js/fake-translator", "js/fake-dialog", "js/file-manager", "js/xpath-evaluator-binding"].map((path) => [
    `enketo/${path.replace(/^js\/(fake-)?/, "")}`,
    join(packages, `enketo-core/src/${path}.js`),
  ]),
);

const common = { bundle: true, minify: true, nodePaths: [packages], target: "es2022", logLevel: "error", legalComments: "none" };
// One at a time: a chunk that two of them share would be counted twice, or for the wrong one.
for (const entry of ["enketo", "web-forms", "transform"])
  await esbuild.build({
    ...common,
    entryPoints: { [entry]: join(here, `${entry}.js`) },
    format: "esm",
    splitting: true,
    outdir: join(built, entry),
    external: ["libxslt"], // the transformer's way without a browser; it needs a native build
    alias: { ...enketo, "enketo/config": join(packages, "enketo-core/config.js"), "enketo-transformer": "enketo-transformer/web" },
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
  });

const style = sass.compile(join(packages, "enketo-core/src/sass/formhub/formhub.scss"), {
  style: "compressed",
  logger: sass.Logger.silent,
  // Its sheets name files by their place in its authors' own repository.
  importers: [{ findFileUrl: (url) => (url.startsWith("/packages/enketo-core/node_modules/") ? pathToFileURL(join(packages, url.slice(35))) : null) }],
});
writeFileSync(join(built, "enketo/enketo.css"), style.css);
