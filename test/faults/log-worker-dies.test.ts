/** The end of the thread that captures output: tasks run on, another one reads on, and what is lost, if anything is, is told. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { verifyOutputOnDisk, type RunnerEvent, type TaskRunner } from '../../src/index.ts';
import { MAX_PIECE_BYTES } from '../../src/output/capture/largest-piece.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { Deferred } from '../../src/util/deferred.ts';
import { atEnd } from '../rig/cleanup.ts';
import { historyIn } from '../rig/history.ts';
import { buildMortal, type MortalWorker } from '../rig/mortal-worker.ts';
import { descriptorsOf, shimGone, shimOf } from '../rig/processes.ts';
import { createGate, createWitness, sh, tempDir, wholeLog } from '../rig/project.ts';

const LAST = 1_000_000;
const NUMBERS = Array.from({ length: LAST }, (_, index) => String(index + 1));

/** A runner whose log worker can be told to die, with a task that counts to a million in two halves. */
interface Mortal {
  readonly runner: TaskRunner;
  readonly worker: MortalWorker;
  readonly dataDir: string;
  /** Lets the task begin with a half. */
  readonly halves: readonly [{ open(): void }, { open(): void }];
  readonly gaps: Extract<RunnerEvent, { type: 'log.gap' }>[];
  /** Resolves when a log worker died. */
  died(): Promise<unknown>;
}

async function openMortal(t: TestContext): Promise<Mortal> {
  const { TaskRunner: Runner, worker } = await buildMortal(t);
  const dataDir = tempDir(t);
  const halves = [createGate(t), createGate(t)] as const;
  const count = `read go <"${halves[0].path}"; seq 1 ${LAST / 2}; read go <"${halves[1].path}"; seq ${LAST / 2 + 1} ${LAST}`;
  let death = new Deferred();
  const warn = (_: object, message = ''): void => {
    if (message.includes('log worker died')) death.resolve();
  };
  const logger = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
  const tasks = { count: { ...sh(count), log: { maxSize: '1GiB' } }, silent: sh('exec sleep 1000') };
  const runner = await Runner.open({ dataDir, tasks, logger });
  atEnd(t, () => runner.close());
  const gaps: Mortal['gaps'] = [];
  runner.on('log.gap', (gap) => gaps.push(gap));
  const died = async (): Promise<void> => {
    await death.promise;
    death = new Deferred();
  };
  return { runner, worker, dataDir, halves, gaps, died };
}

const pidOf = (runner: TaskRunner): number | null => {
  const { status } = runner.getTask('count');
  return status.state === 'running' ? status.pid : null;
};

for (const [way, what] of [
  ['fault', 'a fault of ours while it takes a piece'],
  ['throw', 'an exception that nobody catches'],
] as const) {
  test(`case 29: a log worker that dies of ${what}, twice, costs no byte and no task, and followers go on`, async (t) => {
    const { runner, worker, halves, gaps, died } = await openMortal(t);
    const followed: string[] = [];
    const isFollowed = (async () => {
      for await (const record of runner.follow('count', { kind: 'stdout' })) {
        assert.ok(!('gap' in record), 'nothing is missing');
        if (followed.push(record.text) === LAST) return;
      }
    })();
    await runner.start('count');
    const pid = pidOf(runner);
    for (const half of halves) {
      assert.equal(pidOf(runner), pid);
      await worker.die(way, 10);
      half.open();
      await died();
    }
    await Promise.all([runner.waitFor('count', 'succeeded'), isFollowed]);
    assert.deepEqual(followed, NUMBERS);
    assert.equal(wholeLog(runner, 'count', 'stdout').toString(), `${NUMBERS.join('\n')}\n`);
    assert.equal(wholeLog(runner, 'count', 'combined').toString(), `${NUMBERS.map((number) => `[stdout] ${number}`).join('\n')}\n`);
    const { length } = wholeLog(runner, 'count', 'stdout');
    assert.deepEqual((await runner.counters('count')).stdout, { read: length, written: length, dropped: 0, pending: 0 });
    assert.deepEqual(gaps, []);
    assert.equal(runner.getTask('count').outputComplete, true);
  });
}

const NOTE = /^\[dirigent\] up to (\d+) bytes of output may be missing here: the log worker died: (.*)$/;

for (const [way, what, why] of [
  ['exit', 'process.exit', /^it ended with code 7$/],
  ['memory', 'too much memory', /memory/],
] as const) {
  test(`case 29: a log worker that dies of ${what} costs no task, and at most one read of a stream, which is marked`, async (t) => {
    const { runner, worker, halves, gaps, died, dataDir } = await openMortal(t);
    await runner.start('silent');
    await runner.start('count');
    const pid = pidOf(runner);
    const descriptors = descriptorsOf(shimOf(dataDir));
    await worker.die(way, 10);
    halves[0].open();
    await died();
    assert.equal(pidOf(runner), pid);
    halves[1].open();
    await runner.waitFor('count', 'succeeded');

    const lines = wholeLog(runner, 'count', 'stdout').toString().split('\n');
    const notes = lines.filter((line) => NOTE.test(line));
    assert.equal(notes.length, 1);
    const [, bound = '0', reason = ''] = NOTE.exec(notes[0] ?? '') ?? [];
    assert.match(reason, why);
    const missing = `${NUMBERS.join('\n')}\n`.length - (wholeLog(runner, 'count', 'stdout').length - (notes[0]?.length ?? 0) - 1);
    assert.ok(missing <= Number(bound) + 1, `${missing} bytes are missing, of at most ${bound}`);
    assert.ok(Number(bound) <= 2 * MAX_PIECE_BYTES, 'the piece in hand, and the one that was read behind it');
    assert.equal(lines.at(-2), String(LAST), 'it is read to its end');

    assert.equal(runner.getTask('count').outputComplete, false);
    const { read, written, dropped, pending } = (await runner.counters('count')).stdout;
    assert.deepEqual([pending, read], [0, written + dropped]);
    assert.ok(gaps.some(({ task, stream, maxBytes }) => task === 'count' && stream === 'stdout' && maxBytes === Number(bound)));
    assert.deepEqual(
      gaps.map(({ task, stream }) => `${task} ${stream}`).sort(),
      ['count', 'silent'].flatMap((task) => ['combined', 'stderr', 'stdout'].map((stream) => `${task} ${stream}`)),
    );
    const [check] = await verifyOutputOnDisk(runner.paths, 'count', { kind: 'stdout' });
    assert.deepEqual(
      check?.missing.map(({ cause, bytes }) => [cause, bytes]),
      [['gap', Number(bound)]],
    );
    await runner.stop('silent');
    assert.ok(descriptorsOf(shimOf(dataDir)) < descriptors, 'the dead worker keeps no descriptor open');
  });
}

test('case 29: a log worker that dies again and again is not replaced any more: the shim takes its tasks down and says why', async (t) => {
  const { TaskRunner: Runner, worker } = await buildMortal(t);
  const [witness, dataDir] = [createWitness(t), tempDir(t)];
  const warnings: string[] = [];
  let death = new Deferred();
  const note = (_: object, message = ''): void => {
    warnings.push(message);
    if (message.includes('log worker died')) death.resolve();
  };
  const runner = await Runner.open({
    dataDir,
    tasks: { task: sh(`exec 9>"${witness.path}"; while :; do echo said; done`), next: sh('echo said') },
    logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
  });
  atEnd(t, () => runner.close());
  const lost = new Promise((resolve) => runner.on('shim.lost', resolve));
  await runner.start('task');
  for (let deaths = 1; deaths <= 6; deaths += 1) {
    death = new Deferred();
    await worker.die('throw');
    await death.promise;
  }
  await Promise.all([lost, witness.gone, runner.waitFor('task', 'failed'), shimGone(dataDir)]);
  assert.ok(
    warnings.some((message) => /log worker died: .*broken by a test; it died 6 times within 60 s/.test(message)),
    JSON.stringify(warnings),
  );
  const { status } = runner.getTask('task');
  assert.equal(status.state === 'failed' && status.error.reason, 'signal'); // the shim told how it ended before it was gone
  assert.equal((await runner.runs('task')).length, 1); // recorded by now
  const record = RunRecord.parse(JSON.parse(readFileSync(join(dataDir, 'tasks', 'task', 'run.json'), 'utf8')));
  assert.deepEqual([record.exit?.signal, record.status?.state, record.outputComplete], ['SIGTERM', 'failed', false]);
  assert.equal(historyIn(join(dataDir, 'tasks', 'task')).length, 1);

  assert.equal((await runner.run('next')).exitCode, 0);
  assert.equal(await runner.readOutput('next', 'stdout'), 'said\n');
});
