/** Keeps the command line quick: what it loads before it knows what it is to do. Looks at names alone. */
import type { Problem, Tree } from '../facts.ts';
import { loadedFrom } from './loaded.ts';
import { resolveTarget } from './resolve.ts';

/** What every command loads, and what completion does, which runs at each press of a key. */
const STARTS = /^src\/(?:glance|cli\/(?:main|run|commands\/[^/]+|completion\/[^/]+))\.ts$/;
const PACKAGES = new Set(['commander', 'picocolors', 'smol-toml', 'env-paths']);

/** Finds heavier packages that are loaded before a verb acts, directly or through any chain of our files. */
export function heavyCommandLine(tree: Tree): Problem[] {
  return loadedFrom(tree, STARTS, false).flatMap(({ file, chain }) =>
    file.imports.flatMap(({ specifier, line, typeOnly, lazy }) => {
      const target = resolveTarget(file.path, specifier);
      if (typeOnly || lazy || target.kind !== 'package' || PACKAGES.has(target.name)) return [];
      return [{ path: file.path, line, message: `every command would load ${target.name}: ${chain.join(' → ')}` }];
    }),
  );
}
