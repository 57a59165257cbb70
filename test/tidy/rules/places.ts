/** Keeps the knowledge of where files lie in one place: bundled, a module lies elsewhere. Judged by text. */
import type { Problem, Tree } from '../facts.ts';

const KNOWS = 'src/util/places.ts';

/** Finds modules of the product that go by where they are themselves. */
export function strayPlaces({ files }: Tree): Problem[] {
  return files
    .filter(({ path }) => path.startsWith('src/') && path !== KNOWS)
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /\bimport\.meta\.(?:url|dirname|filename)\b/.test(line)
            ? [{ path, line: index + 1, message: `where files are is known in ${KNOWS}: this module is elsewhere once it is bundled` }]
            : [],
        ),
    );
}
