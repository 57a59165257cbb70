/** Writing to a task: what arrives, in which order, when a write is done, and what is said when nobody reads. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskDefinition } from '../../src/index.ts';
import { MAX_WAITING_BYTES } from '../../src/actors/run-input.ts';
import { MAX_QUEUED_BYTES } from '../../src/shim/stdin.ts';
import { descriptorsOf, shimOf, statusOf } from '../rig/processes.ts';
import { createGate, createMark, openRunner, sh, wholeLog } from '../rig/project.ts';
import { daemon, lineOf, rejectsWith, startUntil } from '../rig/puppets.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

/** Registers a task that reads. */
async function reader(line: string, options: Partial<TaskDefinition> = {}): Promise<string> {
  const name = newName();
  await shared().register({ name, ...sh(line), stdin: 'pipe', ...options });
  return name;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('what is written arrives whole and in the order of the calls, text as UTF-8 and bytes as they are', async () => {
  const name = await reader('cat');
  await shared().start(name);
  const parts = [Buffer.from('first é\n'), Buffer.from([0, 255, 254, 10]), Buffer.alloc(3 * 1024 * 1024, 'abcdefg'), Buffer.from('last')];
  const finished = shared().waitFor(name, 'finished');
  await Promise.all([
    shared().write(name, 'first é\n'),
    ...parts.slice(1, 3).map((part) => shared().write(name, part)),
    shared().write(name, new Uint8Array(Buffer.from('xlastx')).subarray(1, 5), { end: true }),
  ]);
  await finished;
  const whole = Buffer.concat(parts);
  const log = wholeLog(shared(), name, 'stdout');
  assert.deepEqual([log.length, sha256(log)], [whole.length, sha256(whole)]);
});

test('end alone closes the input, and the task sees its end', async () => {
  const name = await reader('cat; echo ended');
  await shared().start(name);
  const ended = lineOf(shared(), name, 'ended');
  await shared().write(name, '', { end: true });
  await ended;
  await shared().waitFor(name, 'finished');
});

test('what is written while the task starts reaches it', async () => {
  const name = await reader('read line; echo "got $line"');
  const started = shared().start(name);
  const written = shared().write(name, 'early\n');
  await Promise.all([started, written]);
  await shared().waitFor(name, 'finished');
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'got early\n');
});

test('without stdin = "pipe" a task reads the end at once, and a write is refused', async () => {
  const name = await reader('cat; echo up; exec sleep 1000', { stdin: 'null' });
  await startUntil(shared(), name);
  await rejectsWith(shared().write(name, 'x'), 'STDIN_UNAVAILABLE', /stdin = "pipe"/);
  await shared().stop(name);
});

test('a write to a task that does not run is refused, also when it ran', async () => {
  const name = await reader('read line');
  await rejectsWith(shared().write(name, 'x'), 'TASK_NOT_RUNNING', /no process to write to: it is stopped/);
  await shared().start(name);
  await shared().write(name, 'x\n');
  await shared().waitFor(name, 'finished');
  await rejectsWith(shared().write(name, 'x'), 'TASK_NOT_RUNNING', /it is finished/);
  await rejectsWith(shared().write('nobody', 'x'), 'TASK_NOT_FOUND');
});

test('what is neither text nor bytes is refused', async () => {
  const name = await reader('cat');
  await rejectsWith(shared().write(name, 7 as unknown as string), 'ARGUMENT_INVALID', /got number/);
});

test('case 19: a write after the task closed its input is refused, and so is one behind the end; nothing else is harmed', async () => {
  const name = await reader('exec 0<&-; echo up; exec sleep 1000');
  await startUntil(shared(), name);
  await rejectsWith(shared().write(name, 'x'.repeat(100)), 'STDIN_CLOSED', /closed/);
  await rejectsWith(shared().write(name, 'again'), 'STDIN_CLOSED');
  assert.equal(shared().getTask(name).status.state, 'running');
  await shared().stop(name);

  const other = await reader('cat >/dev/null; echo up; exec sleep 1000');
  await shared().start(other);
  const up = lineOf(shared(), other, 'up');
  await shared().write(other, 'x', { end: true });
  await rejectsWith(shared().write(other, 'y'), 'STDIN_CLOSED');
  await up;
  await shared().stop(other);
});

test('case 19: input for a task that never reads waits with its writer, bounded in both processes, until the task ends', async (t) => {
  const runner = await openRunner(t, { deaf: { ...daemon(), stdin: 'pipe' } });
  await startUntil(runner, 'deaf');
  const shim = shimOf(runner.paths.dataDir);
  const before = [statusOf(shim, 'VmRSS'), statusOf(process.pid, 'VmRSS')];
  const whole = Buffer.alloc(64 * 1024 * 1024);
  const allocated = statusOf(process.pid, 'VmRSS') - (before[1] ?? 0);
  // Its own pipe takes 64 KiB, and the queue its bound: this resolves without a reader.
  await runner.write('deaf', whole.subarray(0, MAX_QUEUED_BYTES));
  const stuck = runner.write('deaf', whole).then(
    () => 'done',
    (error: unknown) => error,
  );
  const aborted = new AbortController();
  const impatient = runner.write('deaf', 'behind it', { signal: aborted.signal });
  aborted.abort(new Error('no patience'));
  await assert.rejects(impatient, /no patience/);
  const waiting = runner.write('deaf', whole.subarray(0, MAX_WAITING_BYTES + 1)).catch((error: unknown) => error);
  await rejectsWith(runner.write('deaf', 'more'), 'WRITER_TOO_FAST', /await each write/);
  await runner.counters('deaf'); // a round trip behind the pieces that were sent
  const grown = [statusOf(shim, 'VmRSS') - (before[0] ?? 0), statusOf(process.pid, 'VmRSS') - (before[1] ?? 0) - allocated];
  for (const kib of grown) assert.ok(kib < 24 * 1024, `a process grew by ${kib} KiB`);
  await runner.stop('deaf');
  const [outcome] = await Promise.all([stuck, waiting]);
  // Which of the two is told first, that the pipe broke or that the process ended, is the kernel's choice.
  assert.match(String(outcome instanceof Error && 'code' in outcome && outcome.code), /^(?:TASK_NOT_RUNNING|STDIN_CLOSED)$/);
});

test('case 19: a task that reads slowly gets everything that was written, whatever waited', async (t) => {
  const mark = createMark(t);
  const name = await reader(`: >"${mark.path}"; cat | cksum`);
  const whole = Buffer.alloc(5 * 1024 * 1024, 'slow');
  await shared().start(name);
  const written = shared().write(name, whole, { end: true }); // most of it before anybody reads
  await mark.made;
  await written;
  await shared().waitFor(name, 'finished');
  assert.match(wholeLog(shared(), name, 'stdout').toString(), new RegExp(` ${whole.length}\n$`));
});

test('a process the task left behind, which still holds the input, reads nothing of what a later run is told', async (t) => {
  const name = newName();
  const runner = await openRunner(t, {
    [name]: { ...sh('setsid sleep 1000 >/dev/null 2>&1 </dev/stdin & echo $!'), stdin: 'pipe', leftovers: 'leave' },
    next: { ...sh('cat'), stdin: 'pipe' },
  });
  await runner.run(name);
  const leftover = Number(wholeLog(runner, name, 'stdout').toString().trim());
  t.after(() => process.kill(leftover, 'SIGKILL'));
  const held = statSync(`/proc/${leftover}/fd/0`).ino;
  const pipes = join(runner.paths.ipcDir(), 'pipes');
  assert.ok(!readdirSync(pipes).some((pipe) => statSync(join(pipes, pipe)).ino === held), 'its pipe serves nobody else');
  await runner.start('next');
  await runner.write('next', 'secret\n', { end: true });
  await runner.waitFor('next', 'finished');
  assert.equal(wholeLog(runner, 'next', 'stdout').toString(), 'secret\n');
});

test('runs with an input leave no descriptor and no pipe behind, however they end', async (t) => {
  const runner = await openRunner(t, {
    reads: { ...sh('read line'), stdin: 'pipe' },
    missing: { command: 'no-such-command-here', stdin: 'pipe' },
    deaf: { ...daemon(), stdin: 'pipe' },
  });
  const shim = shimOf(runner.paths.dataDir);
  const round = async (): Promise<void> => {
    await runner.start('reads');
    await runner.write('reads', 'x\n');
    await runner.waitFor('reads', 'finished');
    await assert.rejects(runner.start('missing'));
    await runner.start('deaf');
    await runner.write('deaf', 'x'.repeat(200_000));
    await runner.stop('deaf');
  };
  await round();
  const pipes = (): number => readdirSync(join(runner.paths.ipcDir(), 'pipes')).length;
  const before = [descriptorsOf(shim), pipes()] as const;
  const rounds = 16;
  for (let count = 0; count < rounds; count += 1) await round();
  // The end of a run closes some a moment after it was told: what a round leaves behind for good adds up to more.
  const grown = descriptorsOf(shim) - before[0];
  assert.ok(grown < rounds / 2, `${before[0]} descriptors grew by ${grown} in ${rounds} rounds`);
  assert.equal(pipes(), before[1]);
});

for (const user of ['nobody', 'nobody:daemon']) {
  test(`case 20: as another uid, a task with user = "${user}" reads /dev/stdin`, async () => {
    const name = await reader('read first; echo "$first"; exec cat /dev/stdin', { user });
    await shared().start(name);
    const read = lineOf(shared(), name, 'said');
    await shared().write(name, 'said\n');
    await read;
    await shared().write(name, 'more\n', { end: true });
    await shared().waitFor(name, 'finished');
    assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'said\nmore\n');
  });
}

test('a task that opens /dev/stdin only after its input was ended comes to the end of it, too', async (t) => {
  const gate = createGate(t);
  const name = await reader(`read go <"${gate.path}"; cat /dev/stdin; echo done`);
  await shared().start(name);
  await shared().write(name, 'kept\n', { end: true });
  await rejectsWith(shared().write(name, ''), 'STDIN_CLOSED');
  gate.open();
  await shared().waitFor(name, 'finished');
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'kept\ndone\n');
});
