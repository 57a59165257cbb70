/** What must be said in comments. Whether it is said well is for readers. */
import type { Problem, Tree } from '../facts.ts';

/** Finds exports without a doc comment, in the code users and other rooms import. */
export function undocumentedExports({ files }: Tree): Problem[] {
  return files
    .filter(({ path }) => /^(?:src|machines)\//.test(path))
    .flatMap(({ path, exports }) =>
      exports
        .filter(({ documented }) => !documented)
        .map(({ name, line }) => ({ path, line, message: `${name} is exported without a doc comment` })),
    );
}

/** Finds files that do not open with a doc comment. */
export function silentFiles({ files }: Tree): Problem[] {
  return files
    .filter(({ opensWithDoc }) => !opensWithDoc)
    .map(({ path }) => ({ path, line: 1, message: 'does not open with a doc comment: what it is for, and what never happens in it' }));
}
