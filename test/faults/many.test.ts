/** Many tasks at once, and a task that makes as many processes as it is let. Real processes. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { OutputLine, OutputRecord, TaskDefinition } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';

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

/** Processes that carry the variable of a run. */
const carriersOf = (runId: string | null): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(`DIRIGENT_RUN=${runId}`));

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

test('case 25: a task that forks until the kernel refuses ends alone: others start and run, and nothing it made is left', async (t) => {
  // The limit is one of a user, and root has none: as root the task takes a user of its own.
  const user = process.geteuid?.() === 0 ? { user: 'nobody' } : {};
  const line = 'i=0; while :; do sleep 1000 & i=$((i+1)); [ $i -ne 40 ] || echo forty; done';
  const bomb = { command: 'prlimit', args: ['--nproc=60:60', 'sh', '-c', line], ...user };
  const runner = await openRunner(t, { bomb, other: sh('exec sleep 1000') });
  const forty = once(runner.follow('bomb', { kind: 'stdout' }));
  const { runId } = await runner.start('bomb');
  assert.equal((await forty)?.text, 'forty');
  await runner.start('other');
  assert.equal((await runner.stop('other')).status.state, 'stopped');
  const { status, outputComplete } = await runner.waitFor('bomb', 'finished');
  assert.ok(status.state === 'finished' && status.exitCode !== 0 && outputComplete === true);
  assert.match(await runner.readOutput('bomb', 'stderr'), /fork/i);
  assert.deepEqual(carriersOf(runId), []);
});

/** The first line. */
async function once(records: AsyncIterable<OutputRecord>): Promise<OutputLine | undefined> {
  for await (const record of records) if ('text' in record) return record;
  return undefined;
}
