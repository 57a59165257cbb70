/** What the page costs to load: everything of its build together, packed as it is sent. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ASSETS = fileURLToPath(new URL('../../src/ui/assets/', import.meta.url));
const MAX_BYTES = 90_000;

test('the page has at most 90 kB of scripts and styles, packed', () => {
  const sizes = readdirSync(ASSETS)
    .filter((name) => /\.(?:js|css)$/.test(name))
    .map((name) => [name, gzipSync(readFileSync(`${ASSETS}${name}`)).length] as const);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  assert.ok(sizes.length >= 2, 'the build has no page');
  assert.ok(total <= MAX_BYTES, `${total} bytes: ${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', ')}`);
});
