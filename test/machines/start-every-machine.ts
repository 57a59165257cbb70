/** Started by a test, in a process of its own: imports and starts every machine, and takes a task through a life. Prints `ok`. */
import { createActor, createMachine, fromCallback } from 'xstate';
import { probeMachine, type CheckInput, type ProbeEvent } from '../../machines/probe.machine.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { ROOT_ACTOR_ID, taskActorId } from '../../machines/supervisor.types.ts';
import { taskMachine } from '../../machines/task.machine.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import { Probe } from '../../src/model/probe.ts';
import { define } from './task-rig.ts';

const process = fromCallback<ProcessCommand, ProcessInput>(({ receive, sendBack }) => {
  receive(({ type }) => {
    if (type === 'signal') sendBack({ type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 });
    if (type === 'drain') sendBack({ type: 'output.drained', at: 3 });
  });
  sendBack({ type: 'process.spawned', pid: 42, startTime: '1', at: 1 });
});
const machine = supervisorMachine.provide({ actors: { task: taskMachine.provide({ actors: { process } }) } });
const root = createActor(machine, { id: ROOT_ACTOR_ID, systemId: ROOT_ACTOR_ID, input: { shutdownTimeoutMs: 1_000 } }).start();
root.send({ type: 'task.add', tasks: [{ name: 'web', definition: define() }] });
root.system.get(taskActorId('web'))?.send({ type: 'task.start', runId: 'run-1' });
root.send({ type: 'runner.close' });
createActor(taskMachine, { input: { name: 'web', definition: define() } }).start();
const check = fromCallback<ProbeEvent, CheckInput>(({ sendBack }) => sendBack({ type: 'check.passed', at: 1 }));
const probe = Probe.parse({ log: 'ready' });
const parent = createMachine({
  invoke: {
    src: probeMachine.provide({ actors: { check } }),
    input: { kind: 'ready' as const, probe, task: 'web', runId: 'r', pid: 42 },
  },
});
createActor(parent).start();
console.log(root.getSnapshot().hasTag('closed') ? 'ok' : `not closed: ${JSON.stringify(root.getSnapshot().value)}`);
