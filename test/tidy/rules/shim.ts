/** Keeps the shim small: follows what it loads, file by file, whatever room the files are in. */
import type { FileFacts, Problem, Tree } from '../facts.ts';
import { resolveTarget } from './resolve.ts';

const STARTS = /^src\/(?:shim\/(?!client)|output\/capture\/)/;
const PACKAGES = new Set(['comlink']);
/** Packages the shim may load, but only when a call needs them. */
const LAZY_PACKAGES = new Set(['re2js']);

/** Finds packages that the shim or the capture side would load, directly or through any chain of our files. Types load nothing. */
export function heavyShim({ files }: Tree): Problem[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const problems: Problem[] = [];
  for (const [path, chain] of reachable(byPath)) {
    for (const { specifier, line, typeOnly, lazy } of byPath.get(path)?.imports ?? []) {
      const target = resolveTarget(path, specifier);
      if (typeOnly || target.kind !== 'package' || PACKAGES.has(target.name)) continue;
      if (lazy && LAZY_PACKAGES.has(target.name)) continue;
      problems.push({ path, line, message: `the shim would load ${target.name}: ${chain.join(' → ')}` });
    }
  }
  return problems;
}

/** Each file that is loaded, with the shortest chain that leads to it. */
function reachable(byPath: ReadonlyMap<string, FileFacts>): Map<string, string[]> {
  const chains = new Map([...byPath.keys()].filter((path) => STARTS.test(path)).map((path) => [path, [path]]));
  // A Map's iteration reaches what is added while it runs: breadth first.
  for (const [path, chain] of chains) {
    for (const { specifier, typeOnly } of byPath.get(path)?.imports ?? []) {
      const target = resolveTarget(path, specifier);
      if (typeOnly || target.kind !== 'own' || chains.has(target.path) || !byPath.has(target.path)) continue;
      chains.set(target.path, [...chain, target.path]);
    }
  }
  return chains;
}
