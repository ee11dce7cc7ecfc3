/** Writes down whose code is in the bundle, and under which licence. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HEAD = `# Third-party code

The page of the sandbox's local workspace (\`sandbox/slack/page/static/\`) has code of these packages in
it. This file is written by \`make page\`. What Python installs comes with its own licences.
`;

/** The licence's own text in a package's folder. */
function licenceText(folder) {
  const name = readdirSync(folder).find((file) => /^(licen[cs]e|copying)(\.|$)/i.test(file));
  if (!name) return null;
  return readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim();
}

/** The folders of packages, as `name` or `outer/node_modules/name`, whose files are in the bundle. */
function bundled(metafile) {
  const found = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
      if (match && bytesInOutput > 0) found.add(match[1]);
    }
  }
  return [...found].sort();
}

/* slack-blocks-to-jsx has the code of the parser @yozora in its own file, where no build sees it. One of
its packages is installed for the licence that they share. */
const INSIDE = { path: "node_modules/@yozora/character", title: "@yozora/*, as slack-blocks-to-jsx carries it" };

export function thirdParty(here, metafile) {
  const parts = [...bundled(metafile), INSIDE.path].map((path) => {
    const folder = join(here, path);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = licenceText(folder);
    if (!about.license) throw new Error(`${about.name} names no licence.`);
    const shown = text ? `\`\`\`text\n${text}\n\`\`\`` : `Its package has no text of the licence: ${about.license}.`;
    const title = path === INSIDE.path ? INSIDE.title : `${about.name} ${about.version}`;
    return `## ${title}\n\n${about.license}\n\n${shown}\n`;
  });
  return [HEAD, ...parts].join("\n");
}
