/** `runs.ndjson` itself: appended to, compacted, healed, and refused where something else lies there. Real files, no shim. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, lstatSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RunHistory } from '../../src/shim/run-history.ts';
import { OwnedDir, UnsafePathError } from '../../src/util/owned-dir.ts';
import { atEnd } from '../rig/cleanup.ts';
import { runIdsIn } from '../rig/history.ts';
import { PLANTS } from '../rig/planted.ts';
import { tempDir } from '../rig/project.ts';
import { runEntry } from '../rig/shim.ts';

const STOPPED = { state: 'stopped', phase: 'idle' } as const;

interface Folder {
  readonly dir: OwnedDir;
  readonly file: string;
  /** The runs in the file, in its order. */
  ids(): string[];
}

function folder(t: TestContext): Folder {
  const dir = OwnedDir.open(tempDir(t));
  atEnd(t, () => dir.close());
  return { dir, file: join(dir.path, 'runs.ndjson'), ids: () => runIdsIn(dir.path) };
}

/** Appends runs named by numbers, from `first` to `last`. */
function append(history: RunHistory, dir: OwnedDir, first: number, last = first): void {
  for (let run = first; run <= last; run += 1) history.append(dir, 'web', runEntry(`r${run}`, STOPPED));
}

const named = (first: number, last: number): string[] => Array.from({ length: last - first + 1 }, (_, index) => `r${first + index}`);

test('a run is one line more in the same file, until there are twice as many as are kept; then the last ones are a new file', (t) => {
  const { dir, file, ids } = folder(t);
  const history = new RunHistory(3);
  append(history, dir, 1);
  const { ino, mode } = lstatSync(file);
  assert.equal(mode & 0o777, 0o600);
  append(history, dir, 2, 5);
  assert.deepEqual([ids(), lstatSync(file).ino], [named(1, 5), ino]);
  append(history, dir, 6);
  assert.deepEqual([ids(), lstatSync(file).ino === ino], [named(4, 6), false]);
  append(history, dir, 7, 8);
  assert.deepEqual(ids(), named(4, 8));
  append(history, dir, 9);
  assert.deepEqual([ids(), readdirSync(dir.path)], [named(7, 9), ['runs.ndjson']]);
});

test('whoever keeps on where another left off counts what is there; with fewer to keep, the file shrinks at the next run', (t) => {
  const { dir, ids } = folder(t);
  append(new RunHistory(50), dir, 1, 20);
  append(new RunHistory(50), dir, 21);
  assert.deepEqual(ids(), named(1, 21));
  append(new RunHistory(3), dir, 22);
  assert.deepEqual(ids(), named(20, 22));
});

test('with 1 to keep, the last run alone is there', (t) => {
  const { dir, ids } = folder(t);
  const history = new RunHistory(1);
  append(history, dir, 1, 2);
  assert.deepEqual(ids(), ['r2']);
  append(history, dir, 3);
  assert.deepEqual(ids(), ['r3']);
});

test('with none to keep there is no file, and the one that was there goes', (t) => {
  const { dir, file } = folder(t);
  append(new RunHistory(0), dir, 1);
  assert.equal(existsSync(file), false);
  append(new RunHistory(50), dir, 1, 3);
  append(new RunHistory(0), dir, 4);
  assert.equal(existsSync(file), false);
});

for (const [what, harm] of [
  ['was cut in the middle', (file: string) => truncateSync(file, statSync(file).size - 20)],
  ['lacks its newline alone', (file: string) => truncateSync(file, statSync(file).size - 1)],
  ['is garbage', (file: string) => appendFileSync(file, 'garbage \u0000 {"runId":')],
] as const) {
  test(`case 33: a last line that ${what} harms no other, and it is gone after the next compaction, unless it was whole`, (t) => {
    const { dir, file, ids } = folder(t);
    append(new RunHistory(3), dir, 1, 2);
    harm(file);
    const before = readFileSync(file, 'utf8').split('\n');
    const history = new RunHistory(3);
    append(history, dir, 3);
    const [first, ...rest] = ids();
    assert.deepEqual([first, rest.at(-1), rest.includes(before.at(-1) ?? '') || rest.includes('r2')], ['r1', 'r3', true]);
    append(history, dir, 4, 6);
    assert.deepEqual(ids().slice(-3), named(4, 6));
    assert.ok(
      ids().every((id) => /^r\d$/.test(id)),
      ids().join(),
    );
  });
}

test('case 33: a file that someone removed or changed meanwhile is counted anew', (t) => {
  const { dir, file, ids } = folder(t);
  const history = new RunHistory(2);
  append(history, dir, 1, 3);
  rmSync(file);
  append(history, dir, 4, 6);
  assert.deepEqual(ids(), named(4, 6));
  writeFileSync(file, '');
  append(history, dir, 7, 9);
  assert.deepEqual(ids(), named(7, 9));
});

for (const keepRuns of [0, 3]) {
  for (const [kind, plant] of Object.entries(PLANTS)) {
    test(`${kind} in place of the file is refused where ${keepRuns} are kept, and not touched`, async (t) => {
      const { dir, file } = folder(t);
      const planted = await plant(t, file);
      assert.throws(() => append(new RunHistory(keepRuns), dir, 1), UnsafePathError);
      planted.assertUntouched();
    });
  }
}
