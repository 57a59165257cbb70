/**
 * A disk that is really full (case 41): a tmpfs of 1 MB as the data directory of a whole runner. Who may not mount one meets the
 * refusal instead, and is told so.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { TaskRunner, verifyOutputOnDisk } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { createGate, createMark, sh } from '../rig/project.ts';
import { startUntil } from '../rig/puppets.ts';
import { fill, mountSmallDisk } from '../rig/small-disk.ts';

const FIRST = 10_000_000;
/** Of a number and its newline. */
const LINE_BYTES = 9;
/** Much more than a tmpfs of 1 MB and two pipes take. */
const LINES = 400_000;

async function openOn(t: TestContext, dataDir: string, line: string): Promise<TaskRunner> {
  const runner: TaskRunner = await TaskRunner.open({ dataDir, tasks: { web: sh(line) } });
  atEnd(t, () => runner.close());
  return runner;
}

/** Resolves once the counters of stdout are as wanted; each question is a round trip through the reader of the pipes. */
async function counted(
  runner: TaskRunner,
  wanted: (counters: { readonly pending: number; readonly dropped: number }) => boolean,
): Promise<void> {
  for (;;) if (wanted((await runner.counters('web')).stdout)) return;
}

/** The lines of `seq -w` from {@link FIRST} on. */
const numbers = (lines: number): string => Array.from({ length: lines }, (_, index) => `${FIRST + index}\n`).join('');
const seq = (lines: number): string => `seq ${FIRST} ${FIRST + lines - 1}`;

test('case 41: a task on a full disk goes on after 5 s at most, and the log says how much is missing once there is room', async (t) => {
  const dataDir = mountSmallDisk(t);
  if (dataDir === undefined) return;
  const [begin, written, end] = [createGate(t), createMark(t), createGate(t)];
  const line = `echo up; read go <"${begin.path}"; ${seq(LINES)}; : >"${written.path}"; read go <"${end.path}"; echo after`;
  const runner = await openOn(t, dataDir, line);
  await startUntil(runner, 'web');
  fill(join(dataDir, 'filler'));
  begin.open();
  await written.made; // stuck for ever it would never come
  rmSync(join(dataDir, 'filler'));
  end.open();
  await runner.waitFor('web', 'finished');
  const { stdout } = await runner.counters('web');
  assert.deepEqual([stdout.read, stdout.pending], ['up\nafter\n'.length + LINES * LINE_BYTES, 0]);
  assert.equal(stdout.read, stdout.written + stdout.dropped);
  assert.ok(stdout.dropped > 0);
  const log = readFileSync(runner.paths.logFile('web', 'stdout'), 'utf8');
  const notes = [...log.matchAll(/^\[dirigent\] (\d+) bytes of output were dropped: ENOSPC, no space left on device\n/gm)];
  assert.equal(notes.length, 1);
  assert.equal(Number(notes[0]?.[1]), stdout.dropped);
  assert.equal(log.length, stdout.written + (notes[0]?.[0].length ?? 0) + (/[^\n]\n\[dirigent\]/.test(log) ? 1 : 0));
  assert.match(readFileSync(runner.paths.logFile('web', 'combined'), 'utf8'), /^\[dirigent\] \d+ bytes.*\n\[stdout\] after\n$/ms);
  assert.ok(log.startsWith(`up\n${FIRST}\n`) && log.endsWith('after\n'));
  const [check] = await verifyOutputOnDisk(runner.paths, 'web', { kind: 'stdout' });
  assert.deepEqual(
    check?.missing.map(({ offset, bytes, cause }) => ({ offset, bytes, cause })),
    [{ offset: log.search(/\n?\[dirigent\]/), bytes: stdout.dropped, cause: 'dropped' }],
    'to the byte',
  );
});

test('case 41: where the disk has room again before that, not a byte is missing', async (t) => {
  const dataDir = mountSmallDisk(t);
  if (dataDir === undefined) return;
  const lines = 20_000;
  const begin = createGate(t);
  const runner = await openOn(t, dataDir, `echo up; read go <"${begin.path}"; ${seq(lines)}`);
  await startUntil(runner, 'web');
  fill(join(dataDir, 'filler'));
  begin.open();
  await counted(runner, ({ pending }) => pending > 0);
  rmSync(join(dataDir, 'filler'));
  const { outputComplete } = await runner.waitFor('web', 'finished');
  assert.equal(outputComplete, true);
  const bytes = 'up\n'.length + lines * LINE_BYTES;
  assert.deepEqual((await runner.counters('web')).stdout, { read: bytes, written: bytes, dropped: 0, pending: 0 });
  const written = `up\n${numbers(lines)}`;
  assert.equal(readFileSync(runner.paths.logFile('web', 'stdout'), 'utf8'), written);
  assert.equal(readFileSync(runner.paths.logFile('web', 'combined'), 'utf8'), written.replaceAll(/^(?=.)/gm, '[stdout] '));
});

test('case 41: a runner closes on a full disk, which its task is stopped on', async (t) => {
  const dataDir = mountSmallDisk(t);
  if (dataDir === undefined) return;
  const begin = createGate(t);
  const runner = await openOn(t, dataDir, `echo up; read go <"${begin.path}"; ${seq(LINES)}; exec sleep 1000`);
  await startUntil(runner, 'web');
  fill(join(dataDir, 'filler'));
  begin.open();
  await counted(runner, ({ pending }) => pending > 0);
  await runner.close();
  assert.ok(readFileSync(runner.paths.logFile('web', 'stdout'), 'utf8').startsWith(`up\n${FIRST}\n`));
});
