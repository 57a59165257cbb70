/** What one look at `/proc` tells, on planted lines and folders, and on real processes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseStat, readStat, type ProcessStat } from '../../src/util/process-stat.ts';
import { commandOf, readProcessTable } from '../../src/util/process-table.ts';
import { atEnd } from '../rig/cleanup.ts';
import { tempDir } from '../rig/project.ts';

/** A line of `/proc/PID/stat`. */
const lineOf = (pid: number, name: string, state: string, threads = 1): string =>
  `${pid} (${name}) ${state} 7 8 9 0 -1 4194304 0 0 0 0 1 20 300 4000 20 0 ${threads} 0 4711 0 0 18446744073709551615 0 0\n`;

const planted = (pid: number, name: string): ProcessStat => ({
  pid,
  name,
  state: 'S',
  parent: 7,
  group: 8,
  session: 9,
  startTime: '4711',
  cpuTicks: 4321,
  isDead: false,
});

test('a line is read right whatever the name of the process looks like', () => {
  for (const name of ['sh', ') R 1 (', 'a) Z 1 1 1 (b', ')', '', '(', 'two\nlines', '1 2 3'])
    assert.deepEqual(parseStat(lineOf(42, name, 'S')), planted(42, name), JSON.stringify(name));
});

test('what is no such line is none', () => {
  for (const text of ['', '42', '42 (sh', '42 (sh) S 7 8', 'no line at all']) assert.equal(parseStat(text), undefined, text);
});

test('a zombie is dead, and one whose other threads go on is not', () => {
  const isDead = (state: string, threads?: number): boolean | undefined => parseStat(lineOf(42, 'sh', state, threads))?.isDead;
  assert.deepEqual(
    [isDead('Z'), isDead('X'), isDead('Z', 0), isDead('Z', 3), isDead('T'), isDead('D')],
    [true, true, true, false, false, false],
  );
});

test('a process whose first thread has ended lives as long as another one does', async (t) => {
  const script = [
    'import ctypes,os,sys,threading',
    'threading.Thread(target=lambda: (os.read(0,1), os._exit(0))).start()',
    'print("up",flush=True)',
    'ctypes.CDLL(None).syscall(60,0)', // exit(2), which ends this thread alone
  ].join('\n');
  const child = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  atEnd(t, () => child.stdin.end('\n'));
  await once(child.stdout, 'data');
  assert.equal(readStat(child.pid ?? 0)?.isDead, false);
  child.stdin.end('\n');
  await exited;
  assert.equal(readStat(child.pid ?? 0), undefined);
});

test('a table holds each process once, and the run its environment names', (t) => {
  const root = tempDir(t);
  const environments: Readonly<Record<number, string>> = {
    10: 'PATH=/bin\0DIRIGENT_RUN=abc\0X=1\0',
    11: 'DIRIGENT_RUN=first\0',
    12: 'NOT_DIRIGENT_RUN=abc\0Y=DIRIGENT_RUN=abc\0',
    13: '',
    14: 'DIRIGENT_RUN=\0',
  };
  for (const [pid, environment] of Object.entries(environments)) {
    mkdirSync(join(root, pid));
    writeFileSync(join(root, pid, 'stat'), lineOf(Number(pid), 'sh', 'S'));
    writeFileSync(join(root, pid, 'environ'), environment);
  }
  mkdirSync(join(root, 'self'));
  mkdirSync(join(root, '99')); // it ended between the listing and the look
  const table = readProcessTable(root);
  assert.deepEqual(
    [...(table?.processes.values() ?? [])].map((process) => [process.pid, table?.runOf(process)]),
    [
      [10, 'abc'],
      [11, 'first'],
      [12, undefined],
      [13, undefined],
      [14, undefined],
    ],
  );
});

test('where there is no /proc there is no table', (t) => {
  assert.equal(readProcessTable(join(tempDir(t), 'none')), undefined);
});

test('the environment and the command line of a real process are read', async (t) => {
  const env = { PATH: process.env['PATH'] ?? '', DIRIGENT_RUN: 'run-1', LARGE: 'x'.repeat(100_000) };
  const child = spawn('cat', ['-', '/dev/null'], { env, stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  atEnd(t, () => child.stdin.end());
  const table = readProcessTable();
  const found = table?.processes.get(child.pid ?? 0);
  assert.ok(table !== undefined && found !== undefined);
  assert.deepEqual([found.parent, table.runOf(found), commandOf(found)], [process.pid, 'run-1', 'cat - /dev/null']);
  assert.equal(commandOf({ ...found, state: 'D' }), '[cat]', 'the memory of one that is stuck is not read');
});
