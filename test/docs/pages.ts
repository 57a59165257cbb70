/** Reads the Markdown pages of a repository: their links, their headings, their code blocks. Follows nothing and changes nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A fenced block of code. */
export interface CodeBlock {
  /** What follows the opening fence, such as `ts no-check`. */
  readonly info: string;
  /** Line of the page that the code begins on. */
  readonly line: number;
  readonly code: string;
}

/** A page, taken apart. */
export interface Page {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly links: readonly { readonly target: string; readonly line: number }[];
  /** What `#…` in a link may name. */
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly CodeBlock[];
}

const PASSED_BY = new Set(['node_modules', 'dist', 'coverage', '.git', '.dirigent']);

/** Every page below `root`. */
export function readPages(root: string): Page[] {
  const pages: Page[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (PASSED_BY.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && entry.name.endsWith('.md'))
        pages.push(toPage(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')));
    }
  };
  walk(root);
  return pages.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function toPage(path: string, text: string): Page {
  const links: { target: string; line: number }[] = [];
  const slugs = new Map<string, number>();
  const anchors = new Set<string>();
  const blocks: CodeBlock[] = [];
  let open: { fence: string; info: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, fence, info] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (open !== undefined) {
      if (fence?.startsWith(open.fence) === true && info === '') {
        blocks.push({ info: open.info, line: open.line, code: open.code.join('\n') });
        open = undefined;
      } else open.code.push(line);
    } else if (fence !== undefined) {
      open = { fence, info: info?.trim() ?? '', line: index + 2, code: [] };
    } else {
      links.push(...linksIn(line).map((target) => ({ target, line: index + 1 })));
      for (const anchor of anchorsIn(line, slugs)) anchors.add(anchor);
    }
  }
  return { path, links, anchors, blocks };
}

/** Inline links and images, link definitions, and `href`/`src` of embedded HTML. Code spans hold none. */
function linksIn(line: string): string[] {
  const prose = line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
  const patterns = [/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g, /^\s*\[[^\]]+\]:\s+<?([^\s>]+)/g, /\b(?:href|src)="([^"]+)"/g];
  return patterns.flatMap((pattern) => [...prose.matchAll(pattern)].map(([, target]) => target ?? ''));
}

/** As the usual renderers make them: lower case, punctuation dropped, spaces to dashes, a repeated heading numbered. */
function anchorsIn(line: string, slugs: Map<string, number>): string[] {
  const explicit = [...line.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id ?? '');
  const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
  if (heading === undefined) return explicit;
  const shown = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '');
  const slug = shown
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
  const count = slugs.get(slug) ?? 0;
  slugs.set(slug, count + 1);
  return [...explicit, count === 0 ? slug : `${slug}-${count}`];
}
