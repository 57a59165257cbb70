/** Compression in the background: what a log holds is the same at every moment, whatever comes between the steps. */
import assert from 'node:assert/strict';
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { COMPRESSED, allCompressed, file, fill, names, plain, temps, tools, until } from './compressing.ts';
import { PLAN, contents, openLogs, put, read } from './disk-logs.ts';
import { scratchDir, turn } from './rig.ts';

test('rotated files are compressed, one after the other, and keep the time of their last byte', async (t) => {
  const dir = scratchDir(t);
  for (const [index, day] of [
    [1, 3],
    [2, 2],
    [7, 1],
  ] as const) {
    const path = join(dir, `stdout.log.${index}`);
    writeFileSync(path, `day ${day}\n`, { mode: 0o600 });
    utimesSync(path, day * 86_400, day * 86_400);
  }
  const logs = openLogs(dir, COMPRESSED, tools(t));
  await allCompressed(dir);
  assert.deepEqual(names(dir), ['stdout.log.1.gz', 'stdout.log.2.gz', 'stdout.log.3.gz']);
  assert.deepEqual(contents(dir), ['day 1\n', 'day 2\n', 'day 3\n']);
  for (const [index, day] of [3, 2, 1].entries()) {
    const stats = statSync(join(dir, `stdout.log.${index + 1}.gz`));
    assert.deepEqual([stats.mtimeMs, stats.mode & 0o777], [day * 86_400_000, 0o600]);
  }
  logs.close();
});

test('rotations go on while a file is compressed, which is found again whatever number it has by then', async (t) => {
  const dir = scratchDir(t);
  const logs = openLogs(dir, COMPRESSED, tools(t));
  fill(logs, ['a', 'b']);
  await until(() => temps(dir).length > 0);
  fill(logs, ['c', 'd']);
  assert.deepEqual(plain(dir).length, 3);
  await until(() => names(dir).includes('stdout.log.3.gz'));
  assert.equal(read(dir, 'stdout.log.3.gz'), file('a'));
  await allCompressed(dir);
  assert.deepEqual(contents(dir), ['a', 'b', 'c', 'd'].map(file));
  fill(logs, ['e']);
  assert.deepEqual(contents(dir), ['a', 'b', 'c', 'd', 'e'].map(file));
  logs.close();
});

test('any writes, rotations and openings, compressed or not: what remains is the end of what was written', async (t) => {
  const root = scratchDir(t);
  let count = 0;
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a\n', 'bb\nb', 'c'.repeat(7), `${'d'.repeat(30)}\n`).map((text) => ({ text })) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }).map((turns) => ({ turns })) },
    { weight: 1, arbitrary: fc.record({ keep: fc.integer({ min: 0, max: 4 }), compress: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ rotate: true }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      count += 1;
      const dir = join(root, String(count));
      const shared = tools(t);
      let limits = { keep: 4, compress: true };
      let logs = openLogs(dir, limits, shared);
      let written = '';
      for (const each of steps) {
        if ('text' in each) {
          put(logs.stdout, each.text);
          written += each.text;
        } else if ('turns' in each) for (let turns = each.turns; turns > 0; turns -= 1) await turn();
        else if ('rotate' in each) logs.rotate();
        else {
          limits = each;
          logs.close();
          logs = openLogs(dir, limits, shared);
        }
        const files = contents(dir);
        assert.ok(written.endsWith(files.join('')));
        assert.ok(files.length <= limits.keep + 1);
        assert.equal(logs.stdout.endBytes, written.length);
      }
      logs.close();
      if (limits.compress) await allCompressed(dir);
      assert.ok(written.endsWith(contents(dir).join('')));
    }),
    { numRuns: 40 },
  );
});

test('compression goes on when the logs are closed, and over their opening anew', async (t) => {
  const dir = scratchDir(t);
  const shared = tools(t);
  const logs = openLogs(dir, COMPRESSED, shared);
  fill(logs, ['a', 'b', 'c', 'd']);
  logs.close();
  await until(() => temps(dir).length > 0);
  const again = openLogs(dir, COMPRESSED, shared);
  assert.equal(temps(dir).length, 1, 'the copy that is being made is no leftover');
  fill(again, ['e']);
  again.close();
  await allCompressed(dir);
  assert.deepEqual(contents(dir), ['a', 'b', 'c', 'd', 'e'].map(file));
});

test('compression that is switched off stops at once; compressed files are kept, moved and counted like the others', async (t) => {
  const dir = scratchDir(t);
  const shared = tools(t);
  const logs = openLogs(dir, COMPRESSED, shared);
  fill(logs, ['a', 'b', 'c']);
  await allCompressed(dir);
  fill(logs, ['d']);
  await until(() => temps(dir).length > 0);
  logs.close();
  const later = openLogs(dir, { keep: 10 }, shared);
  assert.deepEqual(temps(dir), []);
  fill(later, ['e']);
  assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1', 'stdout.log.2', 'stdout.log.3.gz', 'stdout.log.4.gz']);
  assert.deepEqual(contents(dir), ['a', 'b', 'c', 'd', 'e'].map(file));
  later.close();
});

test('case 48: holes among plain and compressed files are closed in order', async (t) => {
  const dir = scratchDir(t);
  const write = (name: string, text: string): void =>
    writeFileSync(join(dir, name), name.endsWith('.gz') ? gzipSync(text) : text, { mode: 0o600 });
  write('stdout.log', 'now\n');
  write('stdout.log.2.gz', 'new\n');
  write('stdout.log.4', 'middle\n');
  write('stdout.log.7.gz', 'old\n');
  write('stdout.log.9', 'oldest\n');
  const logs = openLogs(dir, { keep: 10 }, tools(t));
  assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1.gz', 'stdout.log.2', 'stdout.log.3.gz', 'stdout.log.4']);
  assert.deepEqual(contents(dir), ['oldest\n', 'old\n', 'middle\n', 'new\n', 'now\n']);
  fill(logs, ['x']);
  assert.deepEqual(contents(dir), ['oldest\n', 'old\n', 'middle\n', 'new\n', 'now\n', file('x')]);
  logs.close();
});

test('case 47: limits lowered later remove compressed files too, and the total counts them as they are on disk', async (t) => {
  const dir = scratchDir(t);
  const text = `${'a'.repeat(9_999)}\n`;
  const large = { maxSizeBytes: 10_000, keep: 10, compress: true, totalBytes: 35_000 };
  const logs = openLogs(dir, large, tools(t));
  for (let i = 0; i < 8; i += 1) {
    put(logs.stdout, text);
    await allCompressed(dir);
  }
  assert.equal(contents(dir).length, 8, '80,000 bytes of text');
  logs.prepare({ ...PLAN, ...large, keep: 3 });
  assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1.gz', 'stdout.log.2.gz', 'stdout.log.3.gz']);
  const sizes = names(dir).map((name) => statSync(join(dir, name)).size);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0) - 1;
  logs.prepare({ ...PLAN, ...large, totalBytes });
  assert.deepEqual(names(dir), ['stdout.log', 'stdout.log.1.gz', 'stdout.log.2.gz']);
  logs.close();
});
