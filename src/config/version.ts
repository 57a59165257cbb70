/** The version of this package, for messages. Read from `package.json` once, when first asked. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Manifest = z.object({ version: z.string() });
let known: string | undefined;

/** The version of this package, such as `0.1.0`. */
export function packageVersion(): string {
  // Three folders up from dist/src/config, in the repository and installed alike.
  known ??= Manifest.parse(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))).version;
  return known;
}
