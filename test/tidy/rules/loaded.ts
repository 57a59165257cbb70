/** Which files of ours are loaded with others, through any chain of imports. Types load nothing. Judges nothing. */
import type { FileFacts, Tree } from '../facts.ts';
import { resolveTarget } from './resolve.ts';

/** A file that is loaded. */
export interface Loaded {
  readonly file: FileFacts;
  /** The shortest chain that leads to it, itself included. */
  readonly chain: readonly string[];
}

/** Files whose path `starts` matches, and all they load; what is imported when a call needs it counts as `isLazyToo` says. */
export function loadedFrom({ files }: Tree, starts: RegExp, isLazyToo: boolean): Loaded[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const chains = new Map([...byPath.keys()].filter((path) => starts.test(path)).map((path) => [path, [path]]));
  // A Map's iteration reaches what is added while it runs: breadth first.
  for (const [path, chain] of chains) {
    for (const { specifier, typeOnly, lazy } of byPath.get(path)?.imports ?? []) {
      const target = resolveTarget(path, specifier);
      if (typeOnly || (lazy && !isLazyToo) || target.kind !== 'own' || chains.has(target.path) || !byPath.has(target.path)) continue;
      chains.set(target.path, [...chain, target.path]);
    }
  }
  return [...chains].flatMap(([path, chain]) => {
    const file = byPath.get(path);
    return file === undefined ? [] : [{ file, chain }];
  });
}
