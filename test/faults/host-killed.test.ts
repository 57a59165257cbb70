/** `kill -9` of the host: no task outlives it, no byte is lost, and the directory opens again. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TaskDefinition } from '../../src/index.ts';
import type { RunEntry } from '../../src/model/run-history.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { historyIn } from '../rig/history.ts';
import { Host } from '../rig/host.ts';
import { createMark, createWitness, openRunner, sh, tempDir, type Witness } from '../rig/project.ts';
import { shimGone } from '../rig/processes.ts';

/** From SIGKILL of the host to the end of the last process: two seconds, and one more because the machine may be busy with other tests. */
const ALL_GONE_MS = 3_000;

async function within(limitMs: number, work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${limitMs} ms`)), limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const recordOf = (dataDir: string, task: string): RunRecord =>
  RunRecord.parse(JSON.parse(readFileSync(join(dataDir, 'tasks', task, 'run.json'), 'utf8')));

const logOf = (dataDir: string, task: string): string => readFileSync(join(dataDir, 'tasks', task, 'stdout.log'), 'utf8');

/** A host with running tasks, each of which holds the witness and has said a line. */
async function hostWith(
  t: TestContext,
  witness: Witness,
  lines: Readonly<Record<string, string>>,
): Promise<{ host: Host; dataDir: string }> {
  const dataDir = tempDir(t);
  const tasks: Record<string, Omit<TaskDefinition, 'name'>> = {};
  for (const [name, line] of Object.entries(lines)) tasks[name] = sh(`exec 9>"${witness.path}"; ${line}`);
  const host = await Host.open(t, { dataDir, tasks });
  await Promise.all(Object.keys(lines).map((name) => host.ask('start', name)));
  return { host, dataDir };
}

test('kill -9 of the host: within two seconds no process of a task is left, also of one that ignores SIGTERM and of its grandchildren', async (t) => {
  const witness = createWitness(t);
  const { host } = await hostWith(t, witness, {
    obedient: 'exec sleep 1000',
    stubborn: 'trap "" TERM HUP INT; sleep 1000 & sleep 1000 & while :; do sleep 1000; done',
    forking: 'trap ":" TERM; while :; do sleep 0.05 & wait; done',
  });
  await host.kill();
  await within(ALL_GONE_MS, witness.gone, 'the end of every task');
});

test('kill -9 of the host: what was written before is in the log, the tail included, and run.json says that the run is lost', async (t) => {
  const witness = createWitness(t);
  const { host, dataDir } = await hostWith(t, witness, {
    talker: 'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; trap "echo farewell; exit 3" TERM; sleep 1000 & wait',
    done: 'echo said; exit 7',
  });
  await host.ask('waitFor', 'done', 'finished');
  await host.kill();
  await witness.gone;
  await shimGone(dataDir);

  const written = logOf(dataDir, 'talker').split('\n');
  const lines = written.filter((line) => line.startsWith('line '));
  assert.deepEqual(
    lines,
    Array.from({ length: lines.length }, (_, index) => `line ${index}`),
    'no line is missing in between',
  );
  const lost = recordOf(dataDir, 'talker');
  assert.deepEqual([lost.status?.state, lost.status?.state === 'failed' && lost.status.error.reason], ['failed', 'lost']);
  assert.ok(lost.exit !== null && lost.pid !== null);
  assert.deepEqual(recordOf(dataDir, 'done').status, { state: 'finished', phase: 'settled', exitCode: 7 });
});

test('kill -9 of the host: what a task says on its way out is in the log, and its exit code in run.json', async (t) => {
  const witness = createWitness(t);
  const ready = createMark(t);
  const line = `trap "echo farewell; exit 3" TERM; echo ready; : >"${ready.path}"; while :; do sleep 1000 & wait; done`;
  const { host, dataDir } = await hostWith(t, witness, { talker: line });
  await ready.made;
  await host.kill();
  await witness.gone;
  await shimGone(dataDir);
  assert.equal(logOf(dataDir, 'talker'), 'ready\nfarewell\n');
  const record = recordOf(dataDir, 'talker');
  assert.deepEqual([record.exit?.exitCode, record.outputComplete], [3, true]);
});

test('kill -9 of the host: the run that was taken down is in the history, after those before it, and a new runner knows it as the last', async (t) => {
  const dataDir = tempDir(t);
  const [witness, ready, marks] = [createWitness(t), createMark(t), tempDir(t)];
  const second = `exec 9>"${witness.path}"; trap "exit 3" TERM; : >"${ready.path}"; while :; do sleep 1000 & wait; done`;
  const task = sh(`if [ -e ${marks}/first ]; then ${second}; fi; : >${marks}/first`);
  const host = await Host.open(t, { dataDir, tasks: { task } });
  await host.ask('start', 'task');
  await host.ask('waitFor', 'task', 'finished');
  await host.ask('start', 'task');
  await ready.made;
  await host.kill();
  await witness.gone;
  await shimGone(dataDir);
  const shown = ({ runId, status, exitCode, restarts, outputComplete }: RunEntry) => [runId, status, exitCode, restarts, outputComplete];
  const lines = historyIn(join(dataDir, 'tasks', 'task')) as RunEntry[];
  const record = recordOf(dataDir, 'task');
  const error = { reason: 'lost', message: 'The runner ended without stopping its tasks, so this one was taken down.' };
  assert.deepEqual(lines.map(shown), [
    [lines[0]?.runId, { state: 'finished', phase: 'settled', exitCode: 0 }, 0, 0, true],
    [record.runId, { state: 'failed', phase: 'settled', error }, 3, 0, true],
  ]);
  const runner = await openRunner(t, { task }, { dataDir });
  const runs = await runner.runs('task');
  assert.deepEqual(JSON.parse(JSON.stringify(runs)), lines.toReversed());
  assert.deepEqual(runner.getTask('task').lastRun, runs[0]);
});

test('kill -9 of the host: a runner that opens at once waits for the end of the old tasks and then starts its own', async (t) => {
  const witness = createWitness(t);
  const { host, dataDir } = await hostWith(t, witness, { stubborn: 'trap "" TERM; while :; do sleep 1000; done' });
  await host.kill();
  const runner = await openRunner(t, { stubborn: sh('echo second') }, { dataDir });
  await within(1_000, witness.gone, 'the end of the old task, which open() waited for,');
  assert.equal((await runner.run('stubborn')).exitCode, 0);
  assert.equal(await runner.readOutput('stubborn', 'stdout'), 'second\n');
});

test('kill -9 of the host while a task starts leaves nothing behind', async (t) => {
  const dataDir = tempDir(t);
  const witness = createWitness(t);
  const hold = openSync(witness.path, 'r+'); // so that the witness does not wait for a task that may never have run
  const host = await Host.open(t, { dataDir, tasks: { task: sh(`exec 9>"${witness.path}"; exec sleep 1000`) } });
  host.ask('start', 'task').catch(() => undefined); // the kill overtakes the answer
  await host.kill();
  await shimGone(dataDir);
  closeSync(hold);
  await witness.gone;
});
