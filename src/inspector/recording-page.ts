/**
 * A recording as one HTML file that shows itself: the page of the build, its script and its style written into it, and a policy that lets run
 * these two alone and fetch nothing. Writes no file.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, TaskError } from '../errors.ts';
import type { Line } from '../trace/frame.ts';
import { RECORDING_PAGE_DIR } from '../util/places.ts';

interface Parts {
  readonly script: string;
  readonly style: string;
}

let parts: Promise<Parts> | undefined;

/**
 * The page of a recording. Its machines should have their layouts: nothing lays them out there.
 * @param lines a hello, then what followed
 * @throws TaskError `INTERNAL` where the build has no page
 */
export async function toRecordingPage(lines: readonly Line[]): Promise<string> {
  parts ??= readParts(fileURLToPath(RECORDING_PAGE_DIR)).catch((error: unknown) => {
    parts = undefined; // a build that is under way is there the next time
    throw error;
  });
  const { script, style } = await parts;
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>Recording</title>',
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<div id="page"></div>',
    `<script type="application/json" id="recording">${toDataBlock(lines)}</script>`,
    `<script type="module">${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** JSON that no text in it can end: every `<` is written as an escape, which means the same in JSON. */
const toDataBlock = (lines: readonly Line[]): string =>
  `[${lines.map((line) => JSON.stringify(line).replaceAll('<', '\\u003c')).join(',\n')}]`;

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

async function readParts(dir: string): Promise<Parts> {
  try {
    const script = await readOne(join(dir, 'assets'), '.js');
    const style = await readOne(join(dir, 'assets'), '.css');
    // In strings and patterns, the only places where a script has these, the escapes mean the same.
    return { script: script.replaceAll(/<(\/script|!--)/gi, String.raw`\x3c$1`), style: style.replaceAll('</', String.raw`<\/`) };
  } catch (error) {
    throw new TaskError('INTERNAL', `the page of recordings is missing from this build (${messageOf(error)}); make it: npm run build`, {
      cause: error,
    });
  }
}

/** The one file of a kind: a page in one file has no others to load. */
async function readOne(dir: string, ending: string): Promise<string> {
  const [name, ...more] = (await readdir(dir)).filter((each) => each.endsWith(ending));
  if (name === undefined || more.length > 0)
    throw new Error(`${dir} has ${name === undefined ? 'no' : more.length + 1} files *${ending}, not one`);
  return (await readFile(join(dir, name), 'utf8')).trim();
}
