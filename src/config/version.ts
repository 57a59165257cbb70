/** The version of this package, for messages. Read from `package.json` once, when first asked. Loads no package: `dirigent --version` is nothing else. */
import { readFileSync } from 'node:fs';

let known: string | undefined;

/** The version of this package, such as `0.1.0`. */
export function packageVersion(): string {
  // Three folders up from dist/src/config, in the repository and installed alike.
  known ??= (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version;
  return known;
}
