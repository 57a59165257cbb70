/** Follows the links of the pages that stay in the repository. Nothing here goes to the network. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Page } from './pages.ts';

/** Finds links to files that are not there and to headings nobody wrote, as `page:line: what`. */
export function brokenLinks(root: string, pages: readonly Page[]): string[] {
  const anchors = new Map(pages.map((page) => [page.path, page.anchors]));
  return pages.flatMap(({ path, links }) =>
    links.flatMap(({ target, line }) => {
      const problem = problemOf(root, anchors, path, target);
      return problem === undefined ? [] : [`${path}:${line}: ${target}: ${problem}`];
    }),
  );
}

function problemOf(root: string, anchors: ReadonlyMap<string, ReadonlySet<string>>, from: string, target: string): string | undefined {
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target)) return undefined;
  if (target.startsWith('/')) return 'is absolute: it means another place to each reader';
  const [file = '', anchor] = decodeURI(target).split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(root, path))) return 'there is no such file';
  const known = anchors.get(path);
  // Lines of a source file (#L10) are not ours to check.
  if (anchor === undefined || known === undefined) return undefined;
  return known.has(anchor) ? undefined : 'there is no such heading';
}
