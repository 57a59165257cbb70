/** The version of this package, for messages. Read from `package.json` once, when first asked. Loads no package: `dirigent --version` is nothing else. */
import { readFileSync } from 'node:fs';
import { PACKAGE_FILE } from '../util/places.ts';

let known: string | undefined;

/** The version of this package, such as `0.1.0`. */
export function packageVersion(): string {
  known ??= (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { readonly version: string }).version;
  return known;
}
