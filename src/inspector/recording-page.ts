/** A recording as a page of its own: one file that shows it, asks nobody for anything, and runs nothing but what it came with. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TaskError, messageOf } from '../errors.ts';
import type { Line } from '../trace/frame.ts';

/** Where the build puts the page that shows what it holds. */
const PAGE_DIR = fileURLToPath(new URL('../ui/recording/', import.meta.url));

const SCRIPT = /<script\b[^>]*\bsrc="([^"]+)"[^>]*><\/script>/g;
const STYLE = /<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"[^>]*>/g;

/** @throws TaskError `INTERNAL` where the build has no such page */
export async function toRecordingPage(lines: readonly Line[], dir = PAGE_DIR): Promise<string> {
  try {
    const html = await readFile(join(dir, 'index.html'), 'utf8');
    const scripts = await readAll(dir, html, SCRIPT);
    const styles = await readAll(dir, html, STYLE);
    const policy = `default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src ${hashes(scripts)}; style-src ${hashes(styles)}`;
    const head = [
      `<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
      ...styles.map((style) => `<style>${style}</style>`),
      `<script type="application/json" id="recording">${toInlineJson(lines)}</script>`,
      ...scripts.map((script) => `<script type="module">${script}</script>`),
    ];
    const bare = html.replace(SCRIPT, '').replace(STYLE, '');
    // By a function: what is put in may hold what a replacement gives a meaning.
    return bare.replace('</head>', () => `${head.join('\n')}\n</head>`);
  } catch (error) {
    throw new TaskError('INTERNAL', `the page of recordings is missing from this build (${messageOf(error)})`, { cause: error });
  }
}

const readAll = (dir: string, html: string, tag: RegExp): Promise<string[]> =>
  Promise.all(Array.from(html.matchAll(tag), async ([, path = '']) => toInline(await readFile(join(dir, path), 'utf8'))));

/** What would end the element, written so that it means the same to a script and to a style. */
const toInline = (text: string): string => text.replace(/<(?=\/(?:script|style)|!--)/gi, '\\x3c').replaceAll('\r', '');

/** No `<` at all, so that no text of an actor is taken for markup. */
const toInlineJson = (lines: readonly Line[]): string => JSON.stringify(lines).replaceAll('<', '\\u003c');

const hashes = (texts: readonly string[]): string =>
  texts.length === 0 ? "'none'" : texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
