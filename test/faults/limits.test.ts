/** Starts when the system has no room (case 6): they wait and come through, cost no task its run, and harm no other task. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TaskDefinition, TaskInfo } from '../../src/index.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { SPARE_DESCRIPTORS } from '../../src/shim/fifo-pool.ts';
import { Deferred } from '../../src/util/deferred.ts';
import { atEnd } from '../rig/cleanup.ts';
import { Host } from '../rig/host.ts';
import { sh, tempDir } from '../rig/project.ts';
import { descriptorsOf, setLimit, shimOf } from '../rig/processes.ts';

/** Enough for a host to load its modules, and for some twenty tasks of the shim. */
const LIMIT = 160;

type Tasks = Record<string, Omit<TaskDefinition, 'name'>>;

const sleepers = (count: number): Tasks =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`task-${index}`, sh('exec sleep 1000')]));

/** Resolves when `name` appears in `dir`. */
function appears(t: TestContext, dir: string, name: string): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const watcher = watch(dir);
  atEnd(t, () => watcher.close());
  return new Promise((resolve) => {
    watcher.on('change', (_, file) => file === name && resolve());
    if (readdirSync(dir).includes(name)) resolve();
  });
}

test('case 6: with too few descriptors for all, 40 starts at once come through one after the other as room comes free', async (t) => {
  const dataDir = tempDir(t);
  const tasks = sleepers(40);
  const host = await Host.open(t, { dataDir, tasks }, { under: `ulimit -n ${LIMIT}; exec "$@"` });
  const shim = shimOf(dataDir);
  const full = new Deferred();
  const startAndStop = async (name: string): Promise<void> => {
    const info = (await host.ask('start', name)) as TaskInfo;
    assert.equal(info.status.state, 'running');
    if (LIMIT - descriptorsOf(shim) < SPARE_DESCRIPTORS + 7) full.resolve();
    await full.promise;
    await host.ask('stop', name);
  };
  await Promise.all(Object.keys(tasks).map(startAndStop));
});

test('case 6: a shim that runs full keeps spare descriptors for itself, and its running tasks can be read and stopped', async (t) => {
  const dataDir = tempDir(t);
  const host = await Host.open(t, { dataDir, tasks: sleepers(40) }, { under: `ulimit -n ${LIMIT}; exec "$@"` });
  const shim = shimOf(dataDir);
  const running: string[] = [];
  // Each takes seven: two pipes, each held twice, and three logs. The next but one would go below the spare ones.
  while (LIMIT - descriptorsOf(shim) > SPARE_DESCRIPTORS + 7) {
    await host.ask('start', `task-${running.length}`);
    running.push(`task-${running.length}`);
  }
  const waiting = host.ask('start', 'task-39').then(
    () => 'started',
    (error: { code: string }) => error.code,
  );
  assert.ok(running.length >= 3);
  for (const name of running) await host.ask('counters', name);
  assert.ok(LIMIT - descriptorsOf(shim) >= SPARE_DESCRIPTORS - 7);
  await host.ask('stop', 'task-0');
  assert.equal(await waiting, 'started');
});

test("case 6: EMFILE at the kernel's own limit is waited out as well", async (t) => {
  const dataDir = tempDir(t);
  const host = await Host.open(t, { dataDir, tasks: sleepers(2) });
  await host.ask('start', 'task-0');
  const shim = shimOf(dataDir);
  await setLimit(shim, 'nofile', descriptorsOf(shim));
  const start = host.ask('start', 'task-1');
  await host.ask('counters', 'task-0'); // a round trip behind the start
  assert.equal(((await host.ask('getTask', 'task-1')) as TaskInfo).status.state, 'running');
  await setLimit(shim, 'nofile', 'hard');
  assert.equal(((await start) as TaskInfo).status.state, 'running');
});

// The node binary or the project may lie where only root gets: so the right to read and enter everything is kept.
const CAPABILITIES = '+dac_override,+dac_read_search';
const NOBODY = `exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=${CAPABILITIES} --ambient-caps=${CAPABILITIES} "$@"`;

/** A host of another user, since the kernel counts root's processes and never refuses one. */
async function hostOfNobody(t: TestContext, tasks: Tasks): Promise<{ host: Host; dataDir: string; shim: number }> {
  const dataDir = tempDir(t);
  chownSync(dataDir, 65534, 65534);
  const host = await Host.open(t, { dataDir, tasks }, { under: NOBODY });
  return { host, dataDir, shim: shimOf(dataDir) };
}

const needsRoot = { skip: process.geteuid?.() !== 0 && 'only root may change limits and users' };

test('case 6: EAGAIN, no process left, is retried with a delay until one comes free, and counts as one run', needsRoot, async (t) => {
  const { host, dataDir, shim } = await hostOfNobody(t, { ...sleepers(1), task: sh('echo said') });
  await host.ask('start', 'task-0');
  await setLimit(shim, 'nproc', 1);
  const intent = appears(t, join(dataDir, 'tasks', 'task'), 'run.json');
  chownSync(join(dataDir, 'tasks', 'task'), 65534, 65534);
  const run = host.ask('run', 'task');
  await intent;
  // Its answer comes behind that of the log worker to this start, which the first attempt to fork follows at once.
  await host.ask('counters', 'task-0');
  assert.equal(((await host.ask('getTask', 'task-0')) as TaskInfo).status.state, 'running', 'another task is not touched');
  await setLimit(shim, 'nproc', 'hard');
  assert.equal(((await run) as { exitCode: number }).exitCode, 0);
  const record = RunRecord.parse(JSON.parse(readFileSync(join(dataDir, 'tasks', 'task', 'run.json'), 'utf8')));
  const delayMs = Date.parse(record.startedAt ?? '') - Date.parse(record.requestedAt);
  assert.ok(delayMs >= 45, `it was started after ${delayMs} ms, so without a second attempt`);
  assert.equal(await host.ask('readOutput', 'task', 'stdout'), 'said\n');
});

test('where addresses are limited to 6 GB, output is captured in every log', async (t) => {
  const tasks = { job: sh('echo out; echo err >&2') };
  const host = await Host.open(t, { dataDir: tempDir(t), tasks }, { under: 'ulimit -v 6000000; exec "$@"' });
  await host.ask('run', 'job');
  const text = (await host.ask('readOutput', 'job', 'combined')) as string;
  assert.deepEqual(text.split('\n').sort(), ['', '[stderr] err', '[stdout] out']);
});
