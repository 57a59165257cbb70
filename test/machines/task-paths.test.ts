/** Walks the whole task machine: every state, every transition, every outcome of every guard, on a live actor. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  __unsafe_getAllOwnEventDescriptors as ownDescriptors,
  type AnyStateNode,
  type AnyTransitionDefinition,
  type EventObject,
  type InspectionEvent,
} from 'xstate';
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from 'xstate/graph';
import { KILL_INTERVAL_MS } from '../../machines/task.setup.ts';
import { taskMachine, type TaskSnapshot } from '../../machines/task.machine.ts';
import type { TaskEvent } from '../../machines/task.types.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { createTaskRig, define } from './task-rig.ts';

const exited = { type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 } as const;
const SAMPLES: readonly TaskEvent[] = [
  { type: 'task.start', runId: 'r' },
  { type: 'task.stop' },
  { type: 'task.kill' },
  { type: 'task.restart', runId: 'r' },
  { type: 'task.signal', signal: 'SIGHUP' },
  { type: 'task.define', definition: define({ title: 'Another' }) },
  { type: 'process.spawned', pid: 42, startTime: '7', at: 1 },
  { type: 'process.failed', failure: { reason: 'spawn', message: 'no such command' }, at: 2 },
  exited,
  { ...exited, survivors: true },
  { ...exited, exitCode: null, signal: 'SIGSEGV' },
  { type: 'process.lost', message: 'the companion process died', at: 2 },
  { type: 'tree.gone' },
  { type: 'tree.survives', processes: [{ pid: 43, command: 'stuck' }], at: 3 },
  { type: 'output.drained', at: 3 },
  { type: 'output.stalled', at: 3 },
  { type: 'tree.swept', outputComplete: true, at: 3 },
  { type: 'tree.swept', outputComplete: false, at: 3 },
  { type: 'start.due' },
];
/** Definitions that between them make every guard come out both ways. */
const VARIANTS: readonly Partial<TaskDefinition>[] = [
  { leftovers: 'kill' },
  { leftovers: 'leave' },
  { leftovers: 'kill', restart: 'always', maxRestarts: 'unlimited' },
];

// What the graph functions give is typed by the machine, timers included, which no event type names.
const asEvents = (events: readonly unknown[]): TaskEvent[] => events as TaskEvent[];
const asSteps = (steps: readonly unknown[]): Step[] => steps as Step[];

const isDue = (state: TaskSnapshot) => state.hasTag('settled') && state.context.queuedStart !== null;

/** Samples are offered in every state, also where they mean nothing; timers only where they are armed. */
function eventsIn(state: TaskSnapshot): TaskEvent[] {
  // The machine's own call for a queued start is in its mailbox already: nothing comes before it.
  if (isDue(state)) return [{ type: 'start.due' }];
  const timers = ownDescriptors(state).filter((type) => type.startsWith('xstate.after.'));
  return asEvents([...SAMPLES, ...timers.map((type) => ({ type }))]);
}

function traversal(definition: Partial<TaskDefinition>) {
  return {
    input: { name: 'web', definition: define(definition) },
    events: eventsIn,
    limit: 5_000,
    serializeState: ({ value, context }: TaskSnapshot) =>
      JSON.stringify([
        value,
        context.queuedStart !== null,
        context.stopRequested,
        context.survivors,
        context.exit?.signal,
        context.exit?.exitCode,
        context.error?.reason,
        context.outputComplete,
        context.isHeld,
        context.restartDelayMs !== null,
      ]),
    serializeEvent: (event: EventObject) => JSON.stringify(event),
  };
}

interface Step {
  readonly event: EventObject;
  readonly state: TaskSnapshot;
}

/** Takes the steps on a live actor and compares every moment with what the pure machine foretold. */
function walk(definition: Partial<TaskDefinition>, steps: readonly Step[], taken: Set<string>): void {
  const rig = createTaskRig({ definition, inspect: createInspect(taken) });
  const values: unknown[] = [];
  rig.actor.subscribe((snapshot) => values.push(snapshot.value));
  let isCalled = false;
  for (const { event, state } of steps) {
    if (event.type.startsWith('xstate.after.stopTimeout')) rig.advance(10_000);
    else if (event.type.startsWith('xstate.after.killInterval')) rig.advance(KILL_INTERVAL_MS);
    else if (event.type.startsWith('xstate.after.restartDelay')) rig.advance(rig.context().restartDelayMs ?? 0);
    else if (!isCalled) rig.send(event as TaskEvent);
    isCalled = isDue(state);
  }
  // A walk may end where the live machine goes one step further by itself.
  const foretold = steps.map(({ state }) => state.value);
  assert.deepEqual(values.slice(0, foretold.length), foretold, steps.map(({ event }) => event.type).join(' > '));
  rig.verify();
  rig.actor.stop();
  assert.ok(
    rig.runs.every(({ live }) => !live),
    'a stopped machine leaves no process actor',
  );
}

/** Notes the transitions a live machine takes. */
const createInspect = (taken: Set<string>) => (event: InspectionEvent) => {
  if (event.type === '@xstate.microstep') for (const transition of event._transitions) taken.add(keyOf(transition));
};

/** Names a transition by its place: the machine under test is a copy, with transition objects of its own. */
function keyOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings: readonly AnyTransitionDefinition[] | undefined = eventType === '' ? source.always : source.transitions.get(eventType);
  assert.ok(siblings !== undefined && siblings.includes(transition));
  return `${source.id} ${eventType} ${siblings.indexOf(transition)}`;
}

const transitionsOf = (node: AnyStateNode): string[] =>
  [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map(keyOf).concat(Object.values(node.states).flatMap(transitionsOf));

const leavesOf = (node: AnyStateNode): string[] => (node.type === 'atomic' ? [node.id] : Object.values(node.states).flatMap(leavesOf));

/** Walks every transition out of every situation, by the shortest way there; what was met on the way is added to the sets. */
function walkEverything(definition: Partial<TaskDefinition>, taken: Set<string>, seen: Set<string>): number {
  const options = traversal(definition);
  const ways = new Map(getShortestPaths(taskMachine, options).map((path) => [options.serializeState(path.state), path.steps.slice(1)]));
  let walks = 0;
  for (const { state, transitions } of Object.values(getAdjacencyMap(taskMachine, options))) {
    for (const node of state._nodes) seen.add(node.id);
    const way = ways.get(options.serializeState(state));
    assert.ok(way !== undefined, 'every situation can be reached');
    for (const next of asSteps(Object.values(transitions))) {
      walk(definition, asSteps([...way, next]), taken);
      walks += 1;
    }
  }
  return walks;
}

/** The events of an ordinary life: few enough for every path without a repetition to be taken. */
const isOrdinary = (event: TaskEvent): boolean =>
  event === exited || ['task.start', 'task.stop', 'process.spawned', 'output.drained', 'output.stalled', 'tree.swept'].includes(event.type);

describe('the task machine, walked', () => {
  it('does live what it says along every transition out of every situation, and none is out of reach', () => {
    const taken = new Set<string>();
    const seen = new Set<string>();
    const walks = VARIANTS.map((definition) => walkEverything(definition, taken, seen)).reduce((sum, each) => sum + each);
    assert.ok(walks > 1_000, `${walks} walks`);
    assert.deepEqual(
      leavesOf(taskMachine.root).filter((id) => !seen.has(id)),
      ['task.resuming', 'task.running.settling'],
      'only what is left in the step it is entered is never seen',
    );
    const inspect = createInspect(taken);
    createTaskRig({ fault: { reason: 'internal', message: 'broke' }, inspect }).verify();
    assert.deepEqual(
      transitionsOf(taskMachine.root).filter((key) => !taken.has(key)),
      [],
    );
  });

  it('does live what it says along every simple path of an ordinary life', () => {
    const events = (state: TaskSnapshot) => eventsIn(state).filter((event) => isOrdinary(event) || isDue(state));
    const paths = getSimplePaths(taskMachine, { ...traversal({ leftovers: 'kill' }), events });
    assert.ok(paths.length > 100, `${paths.length} paths`);
    for (const path of paths) walk({ leftovers: 'kill' }, path.steps.slice(1), new Set());
  });
});
