/** The ring of lines on disk: bounded, in order, and each segment of it can be read alone. Real files, and no runner. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { createActor, createMachine, type InspectionEvent } from 'xstate';
import { HistoryFile } from '../../src/runner/history-file.ts';
import { History } from '../../src/runner/history.ts';
import { selectLines } from '../../src/replay/select.ts';
import { Timeline } from '../../src/trace/timeline.ts';
import type { Line } from '../../src/trace/frame.ts';
import { OwnedDir } from '../../src/util/owned-dir.ts';
import { tempDir } from '../rig/project.ts';
import { linesOf } from '../rig/recorded.ts';

const NEWER = 'history.ndjson';
const OLDER = 'history.1.ndjson';

/** A ring in a folder of its own, and what of it failed. */
function openRing(t: TestContext, maxBytes: number, path = tempDir(t)) {
  const failures: string[] = [];
  const ring = new HistoryFile({ dir: OwnedDir.open(path), maxBytes, failed: (message) => failures.push(message) });
  const read = (name: string): string => readFileSync(join(path, name), 'utf8');
  return { ring, path, read, failures };
}

suite('the ring', () => {
  test('has what was appended, in order, and begins anew when a segment is full', async (t) => {
    const { ring, path, read } = openRing(t, 20);
    ring.begin('hello 1\n');
    for (let line = 0; line < 9; line += 1) {
      if (ring.needsHello) ring.begin(`hello ${line}\n`);
      ring.append(`line number ${line}\n`);
    }
    await ring.close();
    assert.deepEqual(readdirSync(path).sort(), [OLDER, NEWER]);
    assert.deepEqual([OLDER, NEWER].map(read), ['hello 6\nline number 6\nline number 7\n', 'hello 8\nline number 8\n']);
  });

  test('stops, and says so once, where a full segment cannot be set aside: it would grow without end', async (t) => {
    const { ring, path, read, failures } = openRing(t, 20);
    mkdirSync(join(path, OLDER));
    ring.begin('hello 1\n');
    ring.append('a line that fills it up\n');
    assert.ok(ring.needsHello);
    ring.begin('hello 2\n');
    ring.append('nobody reads this\n');
    await ring.close();
    assert.equal(read(NEWER), '\nhello 1\na line that fills it up\n');
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /history\.1\.ndjson is a directory, expected a regular file/);
  });
});

suite('a history', () => {
  const light = createMachine({ id: 'light', initial: 'off', states: { off: { on: { flip: 'on' } }, on: { on: { flip: 'off' } } } });

  /** A machine that flips so often, watched by a history of so many bytes. */
  async function flip(t: TestContext, times: number, maxBytes: number): Promise<{ path: string; segments: readonly Line[][] }> {
    const path = tempDir(t);
    const dataDir = OwnedDir.open(path);
    const history = new History({ dataDir, maxBytes, name: 'test', failed: (message) => assert.fail(message) });
    const actor = createActor(light, { systemId: 'root', inspect: (event: InspectionEvent) => history.note(event) }).start();
    for (let count = 0; count < times; count += 1) actor.send({ type: 'flip' });
    await history.close();
    dataDir.close();
    const folder = join(path, 'inspector');
    return { path: folder, segments: [OLDER, NEWER].map((name) => linesOf(readFileSync(join(folder, name), 'utf8'))) };
  }

  test('takes no more room than it has, but for the hellos, however much happens', async (t) => {
    const { path } = await flip(t, 5000, 100_000);
    const sizes = [OLDER, NEWER].map((name) => readFileSync(join(path, name)).length);
    assert.ok(
      sizes.every((size) => size < 60_000),
      String(sizes),
    );
  });

  test('can be read from each of its segments alone, and from both without a seam', async (t) => {
    const { segments } = await flip(t, 2001, 100_000);
    const ends = segments.map((lines) => {
      const [hello, ...rest] = lines;
      assert.ok(hello?.k === 'hello');
      const timeline = new Timeline(hello);
      for (const line of rest) timeline.push(line);
      return [...timeline.actorsAt(timeline.end).values()].map(({ v }) => v);
    });
    assert.deepEqual(ends[1], ['on'], 'an odd number of flips');
    const whole = selectLines(segments.flat(), { actor: 'root' });
    assert.equal(whole.filter(({ k }) => k === 'hello').length, 1, 'the second segment goes on where the first one ended');
    const numbers = whole.map(({ n }) => n);
    assert.deepEqual(
      numbers.filter((n, index) => index > 0 && n !== (numbers[index - 1] ?? 0) + 1),
      [],
    );
  });

  test('goes on after a line that a dead runner left torn', async (t) => {
    const path = tempDir(t);
    mkdirSync(join(path, 'inspector'), { mode: 0o700 });
    writeFileSync(join(path, 'inspector', NEWER), '{"k":"hello","v":1,"ac', { mode: 0o600 });
    const dataDir = OwnedDir.open(path);
    const history = new History({ dataDir, maxBytes: 2 ** 20, name: 'test', failed: (message) => assert.fail(message) });
    await history.close();
    dataDir.close();
    const [torn, hello] = readFileSync(join(path, 'inspector', NEWER), 'utf8').split('\n');
    assert.equal(torn, '{"k":"hello","v":1,"ac');
    assert.equal((JSON.parse(hello ?? '') as Line).k, 'hello');
  });
});
