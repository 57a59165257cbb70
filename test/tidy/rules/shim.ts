/** Keeps the shim small: follows what it loads, file by file, whatever room the files are in. */
import type { Problem, Tree } from '../facts.ts';
import { loadedFrom } from './loaded.ts';
import { resolveTarget } from './resolve.ts';

const STARTS = /^src\/(?:shim\/(?!client)|output\/capture\/)/;
const PACKAGES = new Set(['comlink']);
/** Packages the shim may load, but only when a call needs them. */
const LAZY_PACKAGES = new Set(['re2js']);

/** Finds packages that the shim or the capture side would load, directly or through any chain of our files. */
export function heavyShim(tree: Tree): Problem[] {
  const problems: Problem[] = [];
  for (const { file, chain } of loadedFrom(tree, STARTS, true)) {
    for (const { specifier, line, typeOnly, lazy } of file.imports) {
      const target = resolveTarget(file.path, specifier);
      if (typeOnly || target.kind !== 'package' || PACKAGES.has(target.name)) continue;
      if (lazy && LAZY_PACKAGES.has(target.name)) continue;
      problems.push({ path: file.path, line, message: `the shim would load ${target.name}: ${chain.join(' → ')}` });
    }
  }
  return problems;
}
