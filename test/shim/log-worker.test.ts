/** One log worker after the other, in threads of this process: what each loses, and whose descriptors are whose. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { MAX_PIECE_BYTES } from '../../src/output/capture/largest-piece.ts';
import { LogWorkers } from '../../src/shim/log-worker.ts';
import { MortalWorker } from '../rig/mortal-worker.ts';
import { createGate } from '../rig/project.ts';
import { Notices, Pipes, requestFor, runChild, scratchDir } from '../output/capture/rig.ts';

const LAST = 1_000_000;

/** Log workers of this process, and what they told. */
class Rig {
  readonly dir: string;
  readonly notices = new Notices();
  readonly gaps: string[] = [];
  readonly gaveUp: string[] = [];
  readonly mortal: MortalWorker;
  readonly workers: LogWorkers;
  /** The present thread. */
  thread: Worker | undefined;

  constructor(t: TestContext, maxDeaths = Infinity) {
    this.dir = scratchDir(t);
    this.mortal = MortalWorker.create(t);
    const note = (thread: Worker): void => void (this.thread = thread);
    process.on('worker', note);
    t.after(() => process.off('worker', note));
    this.workers = new LogWorkers({
      notices: this.notices,
      gap: (task, stream, maxBytes) => this.gaps.push(`${task} ${stream} ${maxBytes}`),
      gaveUp: (message) => this.gaveUp.push(message),
      entry: this.mortal.entry,
      maxDeaths,
    });
  }

  /** Has a task that counts to a million, whose name is its run's, captured. Resolves with its exit code. */
  async count(task: string, changes: object = {}, then = ':'): Promise<{ readonly exitCode: Promise<number | null> }> {
    const own = join(this.dir, `pipes-${task}`);
    mkdirSync(own);
    const pipes = new Pipes(own, task);
    await this.workers.attach(requestFor(join(this.dir, task), pipes, { task, run: task, ...changes }));
    return { exitCode: runChild(pipes, 'sh', ['-c', `seq 1 ${LAST}; ${then}`]) };
  }

  log(task: string, name: string): string {
    return readFileSync(join(this.dir, task, name), 'utf8');
  }

  /** Resolves when so many workers have died. */
  died(deaths: number): Promise<void> {
    return this.notices.until(() => this.notices.warnings.length >= deaths);
  }

  ended(tasks: readonly string[]): Promise<void> {
    return this.notices.until(() => tasks.every((task) => this.notices.endedRuns.includes(task)));
  }
}

const NUMBERS = Array.from({ length: LAST }, (_, index) => `${index + 1}\n`);
const openDescriptors = (): string[] => readdirSync('/proc/self/fd').sort();

test('case 29: fifty faults while five tasks write at full speed cost no byte, and no descriptor is left or closed twice', async (t) => {
  const rig = new Rig(t);
  await rig.workers.ready();
  const tasks = ['a', 'b', 'c', 'd', 'e'];
  const counting = await Promise.all(tasks.map((task) => rig.count(task)));
  // These are nobody's but ours: a number that was closed twice would be one of them.
  const others = Array.from({ length: 50 }, () => openSync('/dev/null', 'r'));
  for (let deaths = 1; deaths <= 50; deaths += 1) {
    await rig.mortal.die(deaths % 2 === 0 ? 'fault' : 'throw', 3);
    await rig.died(deaths);
  }
  assert.deepEqual(await Promise.all(counting.map(({ exitCode }) => exitCode)), [0, 0, 0, 0, 0]);
  await rig.ended(tasks);
  const stdout = NUMBERS.join('');
  const combined = `[stdout] ${NUMBERS.join('[stdout] ')}`;
  for (const task of tasks) {
    assert.ok(rig.log(task, 'stdout.log') === stdout, `${task}: every line once`);
    assert.ok(rig.log(task, 'combined.log') === combined, `${task}: every line once, prefixed`);
    const { read, written, dropped, pending } = (await rig.workers.counters(task)).stdout;
    assert.deepEqual([read, written, dropped, pending], [stdout.length, stdout.length, 0, 0]);
    assert.deepEqual(await rig.workers.written(task, task), { stdout: stdout.length, stderr: 0, combined: combined.length });
  }
  assert.deepEqual(rig.gaps, []);
  for (const fd of others) {
    assert.ok(fstatSync(fd).isCharacterDevice());
    closeSync(fd);
  }
  await rig.workers.close();
});

test('case 29: a log worker that is terminated loses at most one read behind the piece in hand, says so in each log, and keeps no descriptor', async (t) => {
  const rig = new Rig(t);
  await rig.workers.ready();
  const gate = createGate(t);
  const before = openDescriptors();
  const { exitCode } = await rig.count('task', {}, `read go <"${gate.path}"`);
  await rig.workers.watch('task', true);
  await rig.notices.until(() => rig.notices.growth.length > 0);
  await rig.thread?.terminate();
  gate.open();
  assert.equal(await exitCode, 0);
  await rig.ended(['task']);
  const lines = rig.log('task', 'stdout.log').split('\n');
  const note = lines.findIndex((line) => /^\[dirigent\] up to \d+ bytes of output may be missing here: the log worker died/.test(line));
  assert.ok(note > 0);
  const bound = Number(/\d+/.exec(lines[note] ?? '')?.[0]);
  assert.ok(bound <= 2 * MAX_PIECE_BYTES);
  const missing = NUMBERS.join('').length - lines.toSpliced(note, 1).join('\n').length;
  assert.ok(missing <= bound + 1, `${missing} bytes are missing, of at most ${bound}`);
  assert.match(rig.log('task', 'combined.log'), /^\[dirigent\] up to \d+ bytes/m);
  const { read, written, dropped, pending } = (await rig.workers.counters('task')).stdout;
  assert.deepEqual([read, pending], [written + dropped, 0]);
  assert.ok(rig.gaps.includes(`task stdout ${bound}`));
  await rig.workers.close();
  assert.ok(openDescriptors().length <= before.length);
});

test('case 29: output that is kept in memory is handed over after a fault, and after another death a gap, at the offsets it had', async (t) => {
  const rig = new Rig(t);
  const { exitCode } = await rig.count('task', { dir: null });
  assert.equal(await exitCode, 0);
  await rig.ended(['task']);
  const text = NUMBERS.join('');
  await rig.mortal.die('fault');
  const next = await rig.count('next', { dir: null, combined: true });
  await rig.died(1);
  await next.exitCode;
  const kept = await rig.workers.memory('task', 'stdout');
  assert.deepEqual([kept.offset + kept.bytes.length, Buffer.from(kept.bytes).toString()], [text.length, text.slice(kept.offset)]);
  await rig.thread?.terminate();
  await rig.died(2);
  const lost = await rig.workers.memory('task', 'stdout');
  assert.deepEqual([lost.offset, lost.bytes.length], [text.length, 0]);
  assert.ok(rig.gaps.includes(`task stdout ${kept.bytes.length}`));
  await rig.workers.close();
});

test('case 29: what is looked for in a line that was open at a fault is found when the line ends, and told once', async (t) => {
  const rig = new Rig(t);
  const pipes = new Pipes(rig.dir, 'run');
  const watches = [{ id: 'up', pattern: 'listening on port 80', armed: true }];
  await rig.workers.attach(requestFor(join(rig.dir, 'web'), pipes, { watches }));
  await rig.workers.watch('web', true);
  pipes.stdout.write('listening on');
  await rig.notices.until(() => rig.notices.growth.length > 0);
  await rig.mortal.die('fault');
  pipes.stdout.write(' port');
  await rig.died(1);
  const drain = rig.workers.drain('run', 60_000);
  await rig.mortal.die('throw');
  pipes.stdout.write(' 80\nlistening on port 80\n');
  await rig.notices.until(() => rig.notices.matches.length > 0);
  pipes.end();
  assert.equal(await drain, 'drained', 'a question that was open at the second death is asked again');
  assert.deepEqual(rig.notices.matches, ['run up']);
  await rig.workers.close();
});

test('case 29: a log worker that dies more often than it may is given up, and what is asked then rejects', async (t) => {
  const rig = new Rig(t, 1);
  await rig.workers.ready();
  await rig.thread?.terminate();
  await rig.died(1);
  await rig.workers.ready();
  await rig.thread?.terminate();
  await assert.rejects(rig.workers.counters('web'), { code: 'ESHUTDOWN', message: 'the log worker died: it ended with code 1' });
  assert.deepEqual(rig.gaveUp, ['the log worker died: it ended with code 1; it died 2 times within 60 s']);
});
