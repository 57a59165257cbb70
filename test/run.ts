/** Runs the built tests: all of them, or those whose path contains one of the arguments. Ends in `N passed, N failed`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const only = process.argv.slice(2);
// The sources are listed, not the build: a test that was deleted may still lie in dist.
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && (only.length === 0 || only.some((part) => file.includes(part))))
  .sort()
  .map((file) => join('dist/test', file.replace(/\.ts$/, '.js')));
if (files.length === 0) {
  console.error(`no test file matches ${only.join(', ')}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
// A suite or a file is not a test: only its leaves count.
const isLeaf = (data: { details: { type?: string | undefined }; file?: string | undefined; name: string }): boolean =>
  data.details.type !== 'suite' && !(data.file !== undefined && data.name.endsWith('.test.js'));

const stream = run({ files, concurrency: 2, timeout: 120_000 });
stream.on('test:pass', (data) => {
  if (isLeaf(data)) passed += 1;
});
stream.on('test:fail', (data) => {
  process.exitCode = 1;
  if (isLeaf(data)) failed += 1;
});
const report = stream.compose(new spec());
report.pipe(process.stdout, { end: false });
report.on('end', () => {
  if (passed + failed === 0) process.exitCode = 1;
  process.stdout.write(`${passed} passed, ${process.exitCode === 1 ? Math.max(failed, 1) : failed} failed\n`);
});
