/** What XState lets slip and a supervisor must not: one test for each way a machine can go wrong unseen. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createActor, fromCallback, type AnyStateMachine } from 'xstate';
import { probeMachine } from '../../machines/probe.machine.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { ROOT_ACTOR_ID, taskActorId } from '../../machines/supervisor.types.ts';
import { taskMachine, type TaskActor } from '../../machines/task.machine.ts';
import { toStatus } from '../../machines/task.status.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import { toGraph, type GraphNode } from '../../src/trace/graph.ts';
import { define } from './task-rig.ts';

const MACHINES: readonly AnyStateMachine[] = [taskMachine, probeMachine, supervisorMachine];
const nodesOf = (node: GraphNode): GraphNode[] => [node, ...node.children.flatMap(nodesOf)];
const input = { name: 'web', definition: define() };

describe('every machine', () => {
  it('starts under the development build of XState without a warning', async () => {
    const script = fileURLToPath(new URL('./start-every-machine.js', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=development', script]);
    assert.deepEqual([stdout, stderr], ['ok\n', '']);
  });

  it('implements each action, guard and actor it names: XState ignores a missing action in silence', () => {
    for (const machine of MACHINES) {
      const { root, transitions } = toGraph(machine);
      const nodes = nodesOf(root);
      const names = [...nodes.flatMap(({ entry, exit }) => [...entry, ...exit]), ...transitions.flatMap(({ actions }) => actions)];
      const guards = transitions.flatMap(({ guard }) => (guard === null ? [] : [guard]));
      assert.ok(names.length > 3 && guards.length > 0);
      for (const name of names) assert.ok(Object.hasOwn(machine.implementations.actions, name), `${machine.id}: action ${name}`);
      for (const name of guards) assert.ok(Object.hasOwn(machine.implementations.guards, name), `${machine.id}: guard ${name}`);
      for (const { src } of nodes.flatMap(({ invokes }) => invokes)) assert.ok(Object.hasOwn(machine.implementations.actors, src), src);
    }
  });

  it('names no action, guard or actor it does not use', () => {
    for (const machine of MACHINES) {
      const text = JSON.stringify(toGraph(machine));
      const { actions, guards } = machine.implementations;
      for (const name of [...Object.keys(actions), ...Object.keys(guards)]) assert.ok(text.includes(`"${name}"`), `${machine.id}: ${name}`);
    }
  });

  it('describes each of its states, and tags it', () => {
    for (const node of MACHINES.flatMap((machine) => nodesOf(toGraph(machine).root))) {
      assert.ok((node.description ?? '').endsWith('.'), `${node.id} has a sentence`);
      if (node.id.includes('.')) assert.ok(node.tags.length > 0, `${node.id} has tags`);
    }
  });

  it('listens to no wildcard, which would swallow the errors of its children', () => {
    const events = MACHINES.flatMap((machine) => toGraph(machine).transitions.map(({ event }) => event));
    assert.deepEqual(
      events.filter((event) => event.includes('*')),
      ['xstate.error.actor.*'],
    );
  });

  it('ends an endless loop of transitions in an error', () => {
    for (const machine of MACHINES) assert.equal(machine.options.maxIterations, 1_000);
  });

  it('imports XState, its siblings and types of the model, and knows neither time nor chance nor a timer', () => {
    const files = readdirSync('machines').filter((name) => name.endsWith('.ts'));
    assert.ok(files.length >= 5);
    for (const file of files) {
      const text = readFileSync(`machines/${file}`, 'utf8');
      for (const [line, source] of text.matchAll(/^import [^;]* from '([^']+)';/gm)) {
        const isAllowed =
          source === 'xstate' || source?.startsWith('./') || (line.startsWith('import type') && source?.startsWith('../src/model/'));
        assert.ok(isAllowed, `${file}: ${line}`);
      }
      assert.doesNotMatch(
        text,
        /\b(?:Date|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|process\.env|async|await)\b/,
        file,
      );
    }
  });
});

describe('a task machine', () => {
  it('fails loudly when it is started without an implementation of its process', () => {
    const errors: unknown[] = [];
    const actor = createActor(taskMachine, { input });
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start().send({ type: 'task.start', runId: 'r' });
    assert.equal(actor.getSnapshot().status, 'error');
    assert.match(String(errors[0]), /without an implementation of the actor "process"/);
  });

  it('holds nothing that JSON would lose, but for its supervisor', () => {
    const { supervisor, ...context } = createActor(taskMachine, { input }).start().getSnapshot().context;
    assert.equal(supervisor, null);
    assert.deepEqual(JSON.parse(JSON.stringify(context)), context);
  });
});

describe('a task machine that throws in an action of its own', () => {
  it('leaves its process actor alive, so the supervisor hands the process to whoever contains the fault', () => {
    const live: string[] = [];
    const faults: unknown[] = [];
    const process = fromCallback<ProcessCommand, ProcessInput>(() => {
      live.push('web');
      return () => void live.pop();
    });
    const task = taskMachine.provide({
      actors: { process },
      actions: {
        passSignal: () => {
          throw new Error('thrown by an action');
        },
      },
    });
    const actor = createActor(
      supervisorMachine.provide({ actors: { task }, actions: { containFault: (_, fault) => faults.push([fault, [...live]]) } }),
      { id: ROOT_ACTOR_ID, systemId: ROOT_ACTOR_ID, input: { shutdownTimeoutMs: 1 } },
    ).start();
    actor.send({ type: 'task.add', tasks: [input, { name: 'db', definition: define({ name: 'db' }) }] });
    const find = (name: string) => actor.system.get(taskActorId(name)) as TaskActor;
    find('web').send({ type: 'task.start', runId: 'r' });
    find('web').send({ type: 'task.signal', signal: 'SIGHUP' });
    assert.deepEqual(faults, [[{ name: 'web', message: 'thrown by an action' }, ['web']]]);
    assert.equal(toStatus(find('web').getSnapshot()).state, 'failed');
    assert.deepEqual([actor.getSnapshot().status, find('db').getSnapshot().status], ['active', 'active']);
  });
});
