/**
 * Finds import cycles. Imports of types count: two files that know each other's types are one file in two places,
 * and a shared type has a home of its own.
 */
import type { Problem, Tree } from '../facts.ts';
import { resolveTarget } from './resolve.ts';

/** Finds cycles; each is told once, from its first file by name. */
export function importCycles({ files }: Tree): Problem[] {
  const edges = new Map(
    files.map(({ path, imports }) => [path, imports.map((fact) => ({ to: ownPath(path, fact.specifier), line: fact.line }))]),
  );
  const found = new Map<string, Problem>();
  const settled = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    for (const { to, line } of edges.get(path) ?? []) {
      if (to === undefined || settled.has(to) || !edges.has(to)) continue;
      const start = trail.indexOf(to);
      if (start === -1) visit(to, [...trail, to]);
      else remember(found, trail.slice(start), line);
    }
    settled.add(path);
  };
  for (const path of [...edges.keys()].sort()) if (!settled.has(path)) visit(path, [path]);
  return [...found.values()];
}

function remember(found: Map<string, Problem>, cycle: readonly string[], line: number): void {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  const path = cycle.at(-1) ?? '';
  const shown = [...turned, turned[0]].join(' → ');
  if (!found.has(shown)) found.set(shown, { path, line, message: `closes a cycle: ${shown}` });
}

function ownPath(from: string, specifier: string): string | undefined {
  const target = resolveTarget(from, specifier);
  return target.kind === 'own' ? target.path : undefined;
}
