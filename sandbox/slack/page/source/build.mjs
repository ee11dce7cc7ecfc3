/** Builds ../static from src: the script, the styles, the front page, and what is owed to others.

The same source gives the same bytes; the script ends with the digest of what it was built from, which
a test compares without node. */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { thirdParty } from "./third-party.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "..", "static");
const TOP = join(HERE, "..", "..", "..", "..");
const OTHERS = ["node_modules"];

/** Every file that the result depends on, by its path with `/`. */
function sources(folder = HERE) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !OTHERS.includes(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : [relative(HERE, path).split(sep).join("/")];
    })
    .sort();
}

/** sha256 over `path NUL length NUL content` of each, in the order of their paths. */
function digest() {
  const sum = createHash("sha256");
  for (const path of sources()) {
    const content = readFileSync(join(HERE, path));
    sum.update(`${path}\0${content.length}\0`).update(content);
  }
  return sum.digest("hex");
}

rmSync(STATIC, { recursive: true, force: true });
mkdirSync(STATIC, { recursive: true });
const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: { app: "src/main.tsx" },
  outdir: STATIC,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
  footer: { js: `/* source sha256 ${digest()} */` },
  // the licences are in THIRD_PARTY.md
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
copyFileSync(join(HERE, "index.html"), join(STATIC, "index.html"));
writeFileSync(join(TOP, "THIRD_PARTY.md"), thirdParty(HERE, metafile));
