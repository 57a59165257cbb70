/** Says what a specifier means: a file of ours, a built-in of Node, or a package. Looks at names alone, not at the disk. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { COMPUTED } from '../facts.ts';

/** Our package's own name: imported by it, the public face is meant. */
export const OWN_PACKAGE = 'dirigent-taskrunner';

/** What is imported. `path` is relative to the root; `name` is a package without its subpath. */
export type Target =
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'computed' };

/** Resolves what the file `from` imports. */
export function resolveTarget(from: string, specifier: string): Target {
  if (specifier === COMPUTED) return { kind: 'computed' };
  if (specifier.startsWith('.')) return { kind: 'own', path: posix.join(posix.dirname(from), specifier) };
  if (specifier === OWN_PACKAGE) return { kind: 'own', path: 'src/index.ts' };
  if (specifier.startsWith(`${OWN_PACKAGE}/`)) return { kind: 'own', path: `src/${specifier.slice(OWN_PACKAGE.length + 1)}/index.ts` };
  if (isBuiltin(specifier)) return { kind: 'node', name: specifier };
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
