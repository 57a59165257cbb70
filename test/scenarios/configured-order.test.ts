/** Dependencies, groups and instances of a file, obeyed by a runner: that they arrive where they are decided upon. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TaskRunner } from '../../src/index.ts';
import { openRunner, tempDir } from '../rig/project.ts';
import { startUntil } from '../rig/puppets.ts';

const DAEMON = 'echo up; exec sleep 1000';

const task = (name: string, line: string, more = ''): string => `[[tasks]]\nname = "${name}"\ncommand = "${line}"\nshell = true\n${more}\n`;

async function openFile(t: TestContext, toml: string): Promise<TaskRunner> {
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, toml, { mode: 0o600 });
  return openRunner(t, {}, { config });
}

test('a start brings up what the task depends on, in the order of the conditions', async (t) => {
  const runner = await openFile(
    t,
    task('web', DAEMON, 'depends_on = [{ task = "migrate", until = "succeeded" }, "db"]') +
      task('migrate', 'true', 'depends_on = ["db"]') +
      task('db', DAEMON),
  );
  const started: string[] = [];
  runner.on('task.changed', ({ task: name, to }) => {
    if (to.state === 'running' && to.phase === 'starting') started.push(name);
  });
  await runner.start('web');
  assert.deepEqual(started, ['db', 'migrate', 'web']);
  assert.deepEqual(runner.getTask('migrate').status, { state: 'finished', phase: 'settled', exitCode: 0 });
});

test('a dependency on several instances brings up each of them', async (t) => {
  const runner = await openFile(t, task('web', DAEMON, 'depends_on = ["worker"]') + task('worker', DAEMON, 'instances = 2'));
  await runner.start('web');
  assert.deepEqual(
    runner.listTasks().map(({ definition, status }) => [definition.name, status.state]),
    [
      ['web', 'running'],
      ['worker-1', 'running'],
      ['worker-2', 'running'],
    ],
  );
});

test('the strategy of a group of the file decides who is started again, and one given in code wins over it', async (t) => {
  const restart = 'group = "g"\nrestart = "on-failure"\nrestart_delay = 0';
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, `[[groups]]\nname = "g"\n${task('a', DAEMON, restart)}${task('b', DAEMON, restart)}`, { mode: 0o600 });
  const runner = await openRunner(t, {}, { config, groups: { g: { strategy: 'one_for_all' } } });
  await startUntil(runner, 'a');
  await startUntil(runner, 'b');
  const before = runner.getTask('b').runId;
  const again = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ task: name, to, info }) => {
      if (name === 'b' && to.state === 'running' && to.phase === 'ready' && info.runId !== before) resolve();
    });
  });
  await runner.signal('a', 'SIGKILL');
  await again;
});
