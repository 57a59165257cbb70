/** A grandchild that keeps stdout open (case 9): the end of the process and the end of its output are two things. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskRunner } from '../../src/index.ts';
import { createWitness, openRunner, sh, tempDir, wholeLog } from '../rig/project.ts';

/** What a task goes through from now on, as `state/phase`, each once. */
function phasesOf(runner: TaskRunner): string[] {
  const phases: string[] = [];
  runner.on('task.changed', ({ to }) => {
    const phase = `${to.state}/${to.phase}`;
    if (phases.at(-1) !== phase) phases.push(phase);
  });
  return phases;
}

test('case 9: a grandchild that holds stdout is killed after drain_timeout, and then the output is complete', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, {
    task: { ...sh(`exec 9>"${witness.path}"; sleep 1000 & echo main; exit 4`), drainTimeout: '100ms' },
  });
  const phases = phasesOf(runner);
  assert.equal((await runner.run('task')).exitCode, 4);
  await witness.gone;
  assert.deepEqual(phases, ['running/starting', 'running/ready', 'running/draining', 'finished/settled']);
  assert.equal(runner.getTask('task').outputComplete, true);
  assert.equal(wholeLog(runner, 'task', 'stdout').toString(), 'main\n');
});

test('case 9: what a leftover writes before drain_timeout is over is in the log', async (t) => {
  const go = join(tempDir(t), 'go');
  execFileSync('mkfifo', [go]);
  const runner = await openRunner(t, { task: { ...sh(`{ read line <"${go}"; echo "$line"; } & echo main`), drainTimeout: '1h' } });
  runner.on('task.changed', ({ to }) => {
    if (to.phase === 'draining') writeFileSync(go, 'last words\n');
  });
  assert.equal((await runner.run('task')).exitCode, 0);
  assert.equal(wholeLog(runner, 'task', 'stdout').toString(), 'main\nlast words\n');
  assert.equal(runner.getTask('task').outputComplete, true);
});

test('case 9: a leftover that holds no pipe is killed as well', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, { task: sh(`exec 9>"${witness.path}"; sleep 1000 >/dev/null 2>&1 & exit 0`) });
  assert.equal((await runner.run('task')).exitCode, 0);
  await witness.gone;
  assert.equal(runner.getTask('task').outputComplete, true);
});

test('case 9: with leftovers = "leave" it lives, the output is said to be incomplete, and what it writes later is captured', async (t) => {
  const go = join(tempDir(t), 'go');
  execFileSync('mkfifo', [go]);
  const witness = createWitness(t);
  const line = `exec 9>"${witness.path}"; { read line <"${go}"; echo "$line"; } & echo main`;
  const runner = await openRunner(t, { task: { ...sh(line), drainTimeout: '100ms', leftovers: 'leave' } });
  const follower = runner.follow('task', { kind: 'stdout' })[Symbol.asyncIterator]();
  assert.equal((await runner.run('task')).exitCode, 0);
  assert.equal(runner.getTask('task').outputComplete, false);
  assert.deepEqual((await follower.next()).value.text, 'main');

  writeFileSync(go, 'late\n');
  assert.equal((await follower.next()).value.text, 'late');
  await witness.gone;
  assert.equal(wholeLog(runner, 'task', 'stdout').toString(), 'main\nlate\n');
});

for (const leftovers of ['kill', 'leave'] as const) {
  test(`case 9: a restart does not wait for a leftover's output (leftovers = "${leftovers}")`, async (t) => {
    const dir = tempDir(t);
    const witness = createWitness(t);
    // The first run leaves a process behind; the second one, which finds the mark, runs until it is stopped.
    const line = `if [ -e "${dir}/mark" ]; then exec sleep 1000; fi; : >"${dir}/mark"; exec 9>"${witness.path}"; sleep 1000 & echo $! >"${dir}/pid"; exit 0`;
    const runner = await openRunner(t, { task: { ...sh(line), drainTimeout: '1h', leftovers } });
    const draining = new Promise<void>((resolve) => runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve()));
    await runner.start('task');
    await draining;
    const info = await runner.restart('task');
    assert.equal(info.status.state, 'running');
    if (leftovers === 'kill') await witness.gone;
    await runner.close();
    // What was left on purpose outlives the runner, too.
    if (leftovers === 'leave') assert.ok(process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL'));
    await witness.gone;
  });
}

test('case 9: a stop while the output drains hurries the end and keeps the result', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, { task: { ...sh(`exec 9>"${witness.path}"; sleep 1000 & exit 5`), drainTimeout: '1h' } });
  const draining = new Promise<void>((resolve) => runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve()));
  await runner.start('task');
  await draining;
  const { status } = await runner.stop('task');
  assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 5 });
  await witness.gone;
});
