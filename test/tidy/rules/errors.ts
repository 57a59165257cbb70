/** Keeps the table of error codes honest: what is in it can happen, and is explained. */
import type { Problem, Tree } from '../facts.ts';

/** The page that explains every code. */
export const ERROR_PAGE = 'docs/reference/errors.md';

/** Finds codes that nothing in `src` throws. A code that is only compared with is not thrown; without a public face none is promised. */
export function unthrownCodes({ files }: Tree): Problem[] {
  if (!files.some(({ path }) => path === 'src/index.ts')) return [];
  const given = new Set(files.filter(({ path }) => path.startsWith('src/')).flatMap(({ codesGiven }) => codesGiven));
  return codesOf({ files })
    .filter(({ name }) => !given.has(name))
    .map(({ name, ...place }) => ({ ...place, message: `nothing throws ${name}` }));
}

/** Finds codes the reference does not explain. */
export function undocumentedCodes({ files, texts }: Tree): Problem[] {
  const page = texts.get(ERROR_PAGE);
  const codes = codesOf({ files });
  if (codes.length > 0 && page === undefined) return [{ path: ERROR_PAGE, line: 1, message: 'is missing: run npm run docs' }];
  return codes
    .filter(({ name }) => !page?.includes(`\`${name}\``))
    .map(({ name, ...place }) => ({ ...place, message: `${name} is not in ${ERROR_PAGE}` }));
}

const codesOf = ({ files }: Pick<Tree, 'files'>): { path: string; line: number; name: string }[] =>
  files.filter(({ path }) => path.startsWith('src/')).flatMap(({ path, errorCodes }) => errorCodes.map((code) => ({ path, ...code })));
