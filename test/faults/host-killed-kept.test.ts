/** `kill -9` of the host of tasks that are kept, at moments that nobody chose: no line is lost, no task notices, and the next host finds everything. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TaskRunner, type TaskDefinition } from '../../src/index.ts';
import type { RunEntry } from '../../src/model/run-history.ts';
import { atEnd } from '../rig/cleanup.ts';
import { DyingHosts } from '../rig/dying-hosts.ts';
import { GatedTask } from '../rig/gated-task.ts';
import { historyIn } from '../rig/history.ts';
import { Host } from '../rig/host.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { shimGone, shimOf } from '../rig/processes.ts';
import { newSeed, seeded, type Random } from '../rig/random.ts';
import { STEP_EXIT_CODE, countSteps, killAtSteps } from '../rig/step-kills.ts';

const NUMBERED = [process.execPath, fileURLToPath(new URL('../fixtures/numbered.js', import.meta.url))];
const KILLS = 20;
/** Few, so that the first start of a task is often what is interrupted. */
const KILLS_A_DIRECTORY = 4;
/** Small, so that files are set aside all the time. */
const LOG = { maxSize: '512KiB', keep: 10_000, total: '10GiB' } as const;
const BURST_LINES = 16_384;

/** Random numbers; a failure tells the seed. */
function createRandom(t: TestContext): Random {
  const seed = newSeed();
  t.diagnostic(`seed ${seed}`);
  return seeded(seed);
}

interface Scene {
  readonly dataDir: string;
  readonly writers: readonly GatedTask[];
  readonly tasks: Readonly<Record<string, Omit<TaskDefinition, 'name'>>>;
  readonly random: Random;
}

/** Tasks with these names and rates, each on a gate; whatever a host left is ended after the test. */
function createScene(t: TestContext, rates: Readonly<Record<string, number>>): Scene {
  const [dir, dataDir] = [tempDir(t), tempDir(t)];
  const writers = Object.entries(rates).map(
    ([name, rate]) => new GatedTask(dir, name, { program: NUMBERED, rate, burstLines: BURST_LINES }),
  );
  atEnd(t, async () => {
    for (const writer of writers) writer.close(); // which ends it
    await (await TaskRunner.open({ dataDir })).close();
    await shimGone(dataDir);
  });
  const tasks = Object.fromEntries(writers.map((task) => [task.name, task.kept(LOG)]));
  return { dataDir, writers, tasks, random: createRandom(t) };
}

/** Ends every writer with a code of its own under the last runner: each has its code, and each of its lines is there once. */
async function assertWhole(t: TestContext, { dataDir, writers, tasks }: Scene): Promise<void> {
  const runner = await openRunner(t, tasks, { dataDir });
  for (const [index, task] of writers.entries()) {
    task.finish(50 + index);
    const { status } = await runner.waitFor(task.name, 'finished');
    assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 50 + index });
    const written = task.written();
    assert.deepEqual(task.verify(runner.paths.taskDir(task.name)), { lines: written, missing: 0, repeated: 0, torn: 0 });
  }
}

test('case 26: the host is killed 20 times under load, and every line is there exactly once, every task the process it was, every exit code known', async (t) => {
  const scene = createScene(t, { flood: 0, other: 0, steady: 2_000, short: 0 });
  const [flood, other, , short] = scene.writers;
  assert.ok(flood !== undefined && other !== undefined && short !== undefined);
  const hosts = new DyingHosts({ dataDir: scene.dataDir, tasks: scene.tasks }, scene.writers);
  const codes: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    flood.burst();
    const { ended } = await hosts.live({ awaited: kill === 0 ? [] : ['short'], dieAtStep: null, andThen: 1 + scene.random(2_000) });
    assert.deepEqual(
      ended.map(({ name, exitCode }) => [name, exitCode]),
      codes.slice(-1).map((code) => ['short', code]),
    );
    codes.push(scene.random(256));
    other.burst(); // nobody is there to see it
    short.finish(codes.at(-1) ?? 0);
  }
  assert.deepEqual(hosts.problems, []);
  const writers = scene.writers.filter((task) => task !== short);
  await assertWhole(t, { ...scene, writers });
  assert.equal(flood.written(), KILLS * BURST_LINES);
});

test('case 27: the host is killed at 20 random steps of opening, starting, rotating and writing state, and the next one heals it: nothing runs twice, no definition is lost', async (t) => {
  const random = createRandom(t);
  const steps = await countSteps(tempDir(t));
  let kept = 0;
  for (let directory = 0; directory < KILLS / KILLS_A_DIRECTORY; directory += 1) {
    const found = await killAtSteps(tempDir(t), NUMBERED, KILLS_A_DIRECTORY, { steps, random });
    assert.deepEqual(found.problems, []);
    assert.deepEqual(found.captured, { lines: found.written, missing: 0, repeated: 0, torn: 0 });
    assert.equal(found.exitCode, STEP_EXIT_CODE);
    kept += found.kept;
  }
  assert.ok(kept >= KILLS / KILLS_A_DIRECTORY); // those that were not killed persisted theirs
});

test('kept tasks are taken down when their companion is told to end while no runner is there, and each run is recorded once', async (t) => {
  const dataDir = tempDir(t);
  const line = 'trap "exit 7" TERM; while :; do sleep 1000 & wait; done';
  const tasks = { web: { ...sh(line), onSupervisorCrash: 'keep' }, job: { ...sh(line), onSupervisorCrash: 'keep' } } as const;
  const host = await Host.open(t, { dataDir, tasks });
  await Promise.all([host.ask('start', 'web'), host.ask('start', 'job')]);
  await host.kill();
  process.kill(shimOf(dataDir), 'SIGTERM');
  await shimGone(dataDir);
  const shown = ['web', 'job'].map((name) =>
    (historyIn(join(dataDir, 'tasks', name)) as RunEntry[]).map(({ status }) => status.state === 'failed' && status.error.reason),
  );
  assert.deepEqual(shown, [['lost'], ['lost']]);
});
