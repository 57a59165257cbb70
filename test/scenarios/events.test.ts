/** `events()` and `on()`: the order of what happens, how listening ends, and what a bad listener costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunnerEvent, TaskRunner } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce } from '../rig/puppets.ts';

/** `type` and, where there is one, the phase or state it led to. */
const label = (event: RunnerEvent): string =>
  event.type === 'task.changed' ? `${event.task} ${event.to.state}/${event.to.phase}` : event.type;

async function labelsUntil(events: AsyncIterable<RunnerEvent>, last: string): Promise<string[]> {
  const labels: string[] = [];
  for await (const event of events) {
    labels.push(label(event));
    if (labels.at(-1) === last) break;
  }
  return labels;
}

test('the life of a task is told in order, each change from where the last one led to', async (t) => {
  const runner = await openRunner(t);
  const events = runner.events();
  await runner.register({ name: 'job', ...sh('exit 3') });
  await runner.update('job', { title: 'Job' });
  await runOnce(runner, 'job');
  await runner.remove('job');
  const seen: RunnerEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (event.type === 'task.removed') break;
  }
  assert.deepEqual(seen.map(label), [
    'task.registered',
    'task.updated',
    'job running/starting',
    'job running/ready',
    'job running/draining',
    'job finished/settled',
    'task.removed',
  ]);
  const changes = seen.flatMap((event) => (event.type === 'task.changed' ? [event] : []));
  assert.deepEqual(
    changes.slice(1).map(({ from }) => from),
    changes.slice(0, -1).map(({ to }) => to),
  );
  assert.deepEqual(
    changes.map(({ info }) => [info.status, info.definition.title] as const),
    changes.map(({ to }) => [to, 'Job'] as const),
  );
  assert.ok(seen.every(({ time }, index) => time >= (seen[index - 1]?.time ?? time)));
});

test('when an event is told, the runner already says the same', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  const disagreements: unknown[] = [];
  runner.on('task.changed', ({ task, to }) => {
    const { status } = runner.getTask(task);
    if (JSON.stringify(status) !== JSON.stringify(to)) disagreements.push({ status, to });
  });
  await runOnce(runner, 'job');
  assert.deepEqual(disagreements, []);
});

test('every reader gets every event from the moment it asked', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  const readers = [runner.events(), runner.events()];
  await runOnce(runner, 'job');
  const late = runner.events();
  await runner.remove('job');
  const lists = await Promise.all([...readers, late].map((events) => labelsUntil(events, 'task.removed')));
  assert.deepEqual(lists[0], lists[1]);
  assert.deepEqual([lists[0]?.length, lists[2]], [5, ['task.removed']]);
});

test('events end when the runner is closed, the stopping of its tasks included', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const events = runner.events();
  await runner.close();
  const labels: string[] = [];
  for await (const event of events) labels.push(label(event));
  assert.deepEqual(labels, ['runner.closing', 'web running/stopping', 'web running/draining', 'web stopped/idle']);
});

test('events asked for after the close end at once', async (t) => {
  const runner = await openRunner(t);
  await runner.close();
  assert.deepEqual(await runner.events().next(), { value: undefined, done: true });
});

test('an abort ends the events with its reason, before the first and after', async (t) => {
  const runner = await openRunner(t);
  const controller = new AbortController();
  const reason = new Error('enough');
  const waiting = runner.events({ signal: controller.signal }).next();
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(runner.events({ signal: controller.signal }).next(), reason);
});

test('leaving the loop ends the events, and nothing is kept for them any more', async (t) => {
  const runner = await openRunner(t);
  const events = runner.events();
  await runner.register({ name: 'a', command: 'true' });
  assert.deepEqual(await labelsUntil(events, 'task.registered'), ['task.registered']);
  await runner.register({ name: 'b', command: 'true' });
  assert.deepEqual(await events.next(), { value: undefined, done: true });
});

test('a reader that falls too far behind is told so, and the runner and other readers go on', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  const slow = runner.events();
  const heard: string[] = [];
  runner.on('task.updated', ({ type }) => heard.push(type));
  for (let count = 0; count <= 10_000; count += 1) await runner.update('web', { title: `${count}` });
  assert.equal(heard.length, 10_001);
  await rejectsWith(slow.next(), 'READER_TOO_SLOW', /10000 events behind/);
  assert.deepEqual(await slow.next(), { value: undefined, done: true }, 'told once');
  assert.equal(runner.getTask('web').definition.title, '10000');
});

test('a listener hears its type alone, until it is taken off', async (t) => {
  const runner = await openRunner(t);
  const heard: string[] = [];
  const off = runner.on('task.registered', ({ task }) => heard.push(task));
  await runner.register({ name: 'a', command: 'true' });
  await runner.update('a', { title: 'A' });
  off();
  off();
  await runner.register({ name: 'b', command: 'true' });
  assert.deepEqual(heard, ['a']);
});

test('a listener may use the runner: what it asks for comes after what it is told', async (t) => {
  const runner: TaskRunner = await openRunner(t, { first: sh('true'), second: sh('true') });
  const started: Promise<unknown>[] = [];
  runner.on('task.changed', ({ task, to }) => {
    if (task === 'first' && to.state === 'finished') started.push(runner.start('second'));
  });
  const done = runner.waitFor('second', 'succeeded');
  await runOnce(runner, 'first');
  await done;
  await Promise.all(started);
  assert.equal(started.length, 1);
});
