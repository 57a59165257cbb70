/** The supervisor: what it holds, how it closes, and that one task's machine breaking reaches nobody else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { ROOT_ACTOR_ID, taskActorId, type ContainedFault, type TaskToAdd } from '../../machines/supervisor.types.ts';
import { taskMachine, type TaskActor } from '../../machines/task.machine.ts';
import { toStatus } from '../../machines/task.status.ts';
import type { TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import { define } from './task-rig.ts';

const SHUTDOWN_TIMEOUT_MS = 4_000;
const toAdd = (...names: string[]): TaskToAdd[] => names.map((name) => ({ name, definition: define({ name }) }));

/** A supervisor whose processes die by SIGKILL alone, unless told otherwise. */
function createSupervisorRig() {
  const signals: string[] = [];
  const live = new Map<string, (fact: TaskFact) => void>();
  const faults: ContainedFault[] = [];
  const process = fromCallback<ProcessCommand, ProcessInput>(({ input, receive, sendBack }) => {
    const { name } = input.definition;
    if (input.extraArgs.includes('--explode')) throw new Error('no such thing');
    live.set(name, sendBack);
    receive((command) => {
      if (command.type === 'drain') sendBack({ type: 'output.drained', at: 3 });
      if (command.type !== 'signal') return;
      signals.push(`${command.signal} ${name}`);
      if (command.signal === 'SIGHUP') throw new Error('cannot pass it on');
      if (command.signal === 'SIGKILL') sendBack({ type: 'process.exited', exitCode: null, signal: 'SIGKILL', survivors: false, at: 2 });
    });
    sendBack({ type: 'process.spawned', pid: 100 + live.size, startTime: '1', at: 1 });
    return () => live.delete(name);
  });
  const clock = new SimulatedClock();
  const machine = supervisorMachine.provide({
    actors: { task: taskMachine.provide({ actors: { process } }) },
    actions: { containFault: (_, fault) => faults.push(fault) },
  });
  const actor = createActor(machine, {
    clock,
    systemId: ROOT_ACTOR_ID,
    id: ROOT_ACTOR_ID,
    input: { shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS },
  });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  const task = (name: string): TaskActor => {
    const found: unknown = actor.system.get(taskActorId(name));
    assert.ok(found !== undefined, `there is an actor for ${name}`);
    return found as TaskActor;
  };
  return {
    actor,
    clock,
    signals,
    live,
    faults,
    errors,
    task,
    names: () => actor.getSnapshot().context.tasks.map(({ name }) => name),
    start: (...names: string[]) => names.forEach((name) => task(name).send({ type: 'task.start', runId: `run-${name}` })),
    stateOf: (name: string) => toStatus(task(name).getSnapshot()).state,
  };
}

/** A supervisor with these tasks, all of them running. */
function createRunning(...names: string[]) {
  const rig = createSupervisorRig();
  rig.actor.send({ type: 'task.add', tasks: toAdd(...names) });
  rig.start(...names);
  assert.deepEqual([...rig.live.keys()], names);
  return rig;
}

describe('adding and removing tasks', () => {
  it('gives each task an actor, found by its system id, in the order of adding', () => {
    const rig = createSupervisorRig();
    rig.actor.send({ type: 'task.add', tasks: toAdd('zeta', '10', '9') });
    assert.deepEqual(rig.names(), ['zeta', '10', '9']);
    assert.equal(taskActorId('zeta'), 'dirigent/services/task-runner/zeta');
    assert.equal(rig.task('9').id, taskActorId('9'));
    assert.equal(rig.stateOf('zeta'), 'stopped');
  });

  it('leaves a task that is there as it is, in whatever case its name is written, and takes a doubled one once', () => {
    const rig = createRunning('web');
    const before = rig.task('web');
    rig.actor.send({ type: 'task.add', tasks: toAdd('WEB', 'db', 'Db') });
    assert.deepEqual(rig.names(), ['web', 'db']);
    assert.equal(rig.task('web'), before);
    assert.deepEqual(rig.errors, []);
  });

  it('adds a task in failed when asked to', () => {
    const rig = createSupervisorRig();
    rig.actor.send({ type: 'task.add', tasks: [{ name: 'web', definition: define(), fault: { reason: 'lost', message: 'gone' } }] });
    assert.equal(rig.stateOf('web'), 'failed');
  });

  it('ends the actor of a task that is removed, with its process, and its name is free again', () => {
    const rig = createRunning('web', 'db');
    rig.actor.send({ type: 'task.remove', name: 'Web' });
    rig.actor.send({ type: 'task.remove', name: 'nobody' });
    assert.deepEqual(
      [rig.names(), [...rig.live.keys()], Object.keys(rig.actor.getSnapshot().children)],
      [['db'], ['db'], [taskActorId('db')]],
    );
    rig.actor.send({ type: 'task.add', tasks: toAdd('web') });
    assert.deepEqual([rig.names(), rig.stateOf('web'), rig.errors], [['db', 'web'], 'stopped', []]);
  });

  it('adds thousands at once without spawning them one by one', () => {
    const rig = createSupervisorRig();
    let changes = 0;
    rig.actor.subscribe(() => {
      changes += 1;
    });
    const names = Array.from({ length: 2_000 }, (_, index) => `task-${index}`);
    rig.actor.send({ type: 'task.add', tasks: toAdd(...names) });
    assert.deepEqual([rig.names().length, Object.keys(rig.actor.getSnapshot().children).length, changes], [2_000, 2_000, 1]);
  });
});

describe('closing', () => {
  it('is over at once when nothing runs', () => {
    const rig = createSupervisorRig();
    rig.actor.send({ type: 'task.add', tasks: toAdd('web') });
    rig.actor.send({ type: 'runner.close' });
    assert.ok(rig.actor.getSnapshot().hasTag('closed'));
  });

  it('stops every task, the last one added first, and is over when the last one is settled', () => {
    const rig = createRunning('a', 'b', 'c');
    rig.actor.send({ type: 'runner.close' });
    assert.deepEqual(rig.signals, ['SIGTERM c', 'SIGTERM b', 'SIGTERM a']);
    for (const name of ['b', 'a', 'c']) {
      assert.ok(!rig.actor.getSnapshot().hasTag('closed'));
      rig.live.get(name)?.({ type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 });
    }
    assert.equal(rig.actor.getSnapshot().value, 'closed');
    assert.ok(rig.actor.getSnapshot().hasTag('closed'));
  });

  it('kills what still runs when the shutdown timeout is over', () => {
    const rig = createRunning('a', 'b');
    rig.actor.send({ type: 'runner.close' });
    rig.clock.increment(SHUTDOWN_TIMEOUT_MS - 1);
    assert.deepEqual(rig.signals, ['SIGTERM b', 'SIGTERM a']);
    rig.clock.increment(1);
    assert.deepEqual(rig.signals.slice(2), ['SIGKILL b', 'SIGKILL a']);
    assert.ok(rig.actor.getSnapshot().hasTag('closed'));
  });

  it('kills at once when told so meanwhile; without a close a kill ends the runs alone', () => {
    const closing = createRunning('a');
    closing.actor.send({ type: 'runner.close' });
    closing.actor.send({ type: 'runner.kill' });
    assert.ok(closing.actor.getSnapshot().hasTag('closed'));
    const open = createRunning('a');
    open.actor.send({ type: 'runner.kill' });
    assert.deepEqual([open.stateOf('a'), open.actor.getSnapshot().value], ['stopped', 'open']);
  });

  it('adds nothing any more, and takes back the starts that were queued', () => {
    const rig = createRunning('a', 'b');
    rig.task('a').send({ type: 'task.restart', runId: 'again' });
    rig.actor.send({ type: 'runner.close' });
    rig.actor.send({ type: 'task.add', tasks: toAdd('late') });
    assert.deepEqual(rig.names(), ['a', 'b']);
    rig.live.get('a')?.({ type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 });
    assert.deepEqual([rig.stateOf('a'), [...rig.live.keys()]], ['stopped', ['b']]);
  });
});

describe('a task whose machine breaks', () => {
  it('begins anew in failed, its fault is contained, and its siblings go on', () => {
    const rig = createRunning('a', 'b');
    const broken = rig.task('a');
    broken.send({ type: 'task.signal', signal: 'SIGHUP' });
    assert.equal(broken.getSnapshot().status, 'error');
    assert.deepEqual(rig.faults, [{ name: 'a', message: 'cannot pass it on' }]);
    const status = toStatus(rig.task('a').getSnapshot());
    assert.ok(status.state === 'failed' && status.error.reason === 'internal');
    assert.match(status.error.message, /cannot pass it on/);
    assert.deepEqual([rig.stateOf('b'), rig.errors, rig.names()], ['running', [], ['a', 'b']]);
    assert.equal(Object.keys(rig.actor.getSnapshot().children).length, 2, 'the broken actor is not kept');
    rig.start('a');
    assert.equal(rig.stateOf('a'), 'running');
  });

  it('breaks in its process actor before there is a process, and is contained too', () => {
    const rig = createRunning('b');
    rig.actor.send({ type: 'task.add', tasks: toAdd('a') });
    rig.task('a').send({ type: 'task.start', runId: 'r', extraArgs: ['--explode'] });
    assert.deepEqual([rig.faults, rig.stateOf('a'), rig.stateOf('b')], [[{ name: 'a', message: 'no such thing' }], 'failed', 'running']);
  });

  it('is one of a thousand: it fails with the error, its process is handed over, and the other 999 never notice', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `task-${index}`);
    const rig = createRunning(...names);
    const others = names.filter((name) => name !== 'task-500');
    const before = others.map((name) => rig.task(name).getSnapshot());
    let steps = 0;
    for (const name of others) rig.task(name).subscribe(() => (steps += 1));
    rig.task('task-500').send({ type: 'task.signal', signal: 'SIGHUP' });
    const status = toStatus(rig.task('task-500').getSnapshot());
    assert.ok(status.state === 'failed' && status.error.reason === 'internal' && status.error.message.includes('cannot pass it on'));
    assert.deepEqual([rig.faults, rig.errors, steps], [[{ name: 'task-500', message: 'cannot pass it on' }], [], 0]);
    assert.ok(others.every((name, index) => rig.task(name).getSnapshot() === before[index]));
    assert.equal(rig.live.size, 1_000, 'the process of the broken one is left to whoever contains the fault');
  });

  it('does not hold up a close', () => {
    const rig = createRunning('a', 'b');
    rig.actor.send({ type: 'runner.close' });
    rig.task('a').send({ type: 'task.signal', signal: 'SIGHUP' });
    assert.deepEqual(rig.actor.getSnapshot().value, { closing: 'stopping' });
    rig.live.get('b')?.({ type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 });
    assert.deepEqual([rig.actor.getSnapshot().value, rig.errors], ['closed', []]);
  });
});
