/** Many tasks at once, and a task that makes as many processes as it is let. Real processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskDefinition } from '../../src/index.ts';
import { createMark, createWitness, openRunner, sh } from '../rig/project.ts';

test('case 25: a thousand tasks that are started at once all run, end, and leave nothing', async (t) => {
  const names = Array.from({ length: 1_000 }, (_, index) => `task-${index}`);
  const tasks: Record<string, Omit<TaskDefinition, 'name'>> = Object.fromEntries(
    names.map((name) => [name, { ...sh('echo up'), persistToDisk: false }]),
  );
  const runner = await openRunner(t, tasks);
  const starts = names.map((name) => runner.start(name));
  await Promise.all(starts);
  const ends = await Promise.all(names.map((name) => runner.waitFor(name, 'succeeded')));
  assert.equal(new Set(ends.map(({ runId }) => runId)).size, 1_000);
  assert.ok(ends.every(({ outputComplete }) => outputComplete === true));
  assert.equal((await runner.readOutput('task-999', 'stdout')).toString(), 'up\n');
});

const isRoot = process.geteuid?.() === 0;

test('case 25: beside a task that forks until its limit others start, run and stop, and a stop takes all it made', async (t) => {
  const [witness, mark] = [createWitness(t), createMark(t)];
  // The limit is that of a user: as root it takes one of its own for the limit to mean anything.
  const bomb = `ulimit -u 80; exec 9>"${witness.path}"; i=0; while :; do sleep 1000 & i=$((i+1)); [ $i -ne 40 ] || : >"${mark.path}"; done 2>/dev/null`;
  const runner = await openRunner(t, {
    bomb: { ...sh(bomb), ...(isRoot ? { user: 'nobody' } : {}), stopTimeout: 100 },
    other: sh('exec sleep 1000'),
  });
  await runner.start('bomb');
  await mark.made;
  await runner.start('other');
  await runner.stop('other');
  const { status } = await runner.stop('bomb');
  assert.equal(status.state, 'stopped');
  await witness.gone;
});
