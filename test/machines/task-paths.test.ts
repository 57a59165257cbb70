/** Walks the whole task machine: every state, every transition, every outcome of every guard, on a live actor. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { __unsafe_getAllOwnEventDescriptors as ownDescriptors, type EventObject } from 'xstate';
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from 'xstate/graph';
import { toInitialContext, toTaskMemory } from '../../machines/task.context.ts';
import { KILL_INTERVAL_MS } from '../../machines/task.setup.ts';
import { taskMachine, type TaskSnapshot } from '../../machines/task.machine.ts';
import type { TaskEvent } from '../../machines/task.events.ts';
import type { TaskMemory, TaskResume } from '../../machines/task.types.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { createInspect, leavesOf, transitionsOf } from './chart.ts';
import { createTaskRig, define } from './task-rig.ts';

const exited = { type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 } as const;
const crashed = { ...exited, exitCode: null, signal: 'SIGSEGV' } as const;
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
  crashed,
  { type: 'process.lost', message: 'the companion process died', at: 2 },
  { type: 'tree.gone' },
  { type: 'tree.survives', processes: [{ pid: 43, command: 'stuck' }], at: 3 },
  { type: 'output.drained', at: 3 },
  { type: 'output.stalled', at: 3 },
  { type: 'tree.swept', outputComplete: true, at: 3 },
  { type: 'tree.swept', outputComplete: false, at: 3 },
  { type: 'start.due' },
];
/** The events of an ordinary life: few enough for every path without a repetition to be taken. */
function isOrdinary(event: TaskEvent): boolean {
  return (
    event === exited ||
    ['task.start', 'task.stop', 'process.spawned', 'output.drained', 'output.stalled', 'tree.swept'].includes(event.type)
  );
}

const ORDINARY = SAMPLES.filter(isOrdinary);

/** From the first word of a process to its last. */
const BARE = SAMPLES.filter((event) => event === exited || ['process.spawned', 'output.drained'].includes(event.type));

interface Variant {
  readonly definition: Partial<TaskDefinition>;
  readonly samples: readonly TaskEvent[];
  readonly resume?: TaskResume;
}

/** A run that outlived its runner. */
function left(memory: Partial<TaskMemory> = {}, more: Partial<TaskResume> = {}): TaskResume {
  const fresh = toTaskMemory(toInitialContext({ name: 'web', definition: define() }));
  return { runId: 'r', memory: { ...fresh, ...memory }, definition: define(), elapsedMs: 1_000, restartDelayMs: null, ...more };
}

const END = { startedAt: 1, stoppedAt: 2, exit: { exitCode: 1, signal: null }, outputComplete: true, isUnjudged: false };
const KILLED = { ...END, exit: { exitCode: null, signal: 'SIGKILL' } };
const RESTARTED = define({ restart: 'always', maxRestarts: 'unlimited' });

/** What an earlier runner may leave of a task. */
const LEFT: readonly TaskResume[] = [
  left(),
  left({ stopRequested: 'stop' }),
  left({ stopRequested: 'kill' }),
  left({ error: { reason: 'probe', message: 'refused' } }),
  left({}, { end: END }),
  left({}, { end: KILLED }),
  left({ nextStartAt: 60_000 }, { end: END, restartDelayMs: 30_000 }),
  left({}, { end: { ...KILLED, isUnjudged: true }, definition: RESTARTED }),
];

/** Definitions, and what happens to them, that between them make every guard come out both ways. */
const VARIANTS: readonly Variant[] = [
  { definition: { leftovers: 'kill' }, samples: SAMPLES },
  { definition: { leftovers: 'leave' }, samples: SAMPLES },
  {
    definition: { leftovers: 'kill', restart: 'always', maxRestarts: 'unlimited' },
    samples: [
      ...ORDINARY,
      crashed,
      ...SAMPLES.filter(({ type }) => ['task.kill', 'task.restart', 'process.failed', 'process.lost'].includes(type)),
    ],
  },
  {
    definition: { dependsOn: ['db'], group: 'back', restart: 'always', maxRestarts: 'unlimited', schedule: '0 0 * * *' },
    samples: [
      ...ORDINARY,
      crashed,
      { type: 'schedule.due', runId: 's' },
      { type: 'task.kill' },
      { type: 'task.define', definition: define({ dependsOn: ['db'], title: 'Another' }) },
      { type: 'task.restart', runId: 'r' },
      { type: 'dependencies.met' },
      { type: 'dependencies.failed', message: 'dependency db was stopped' },
      { type: 'start.due' },
    ],
  },
  {
    definition: { ready: { tcp: 'localhost:1' }, alive: { exec: ['true'] }, stopCommand: ['halt'] },
    samples: [
      ...ORDINARY,
      { type: 'probe.passed', probe: 'ready' },
      { type: 'probe.passed', probe: 'alive' },
      { type: 'probe.failed', probe: 'ready', message: 'refused', failures: 3 },
      { type: 'probe.failed', probe: 'alive', message: 'refused', failures: 3 },
      { type: 'stop.commandFailed', message: 'exited with 1' },
    ],
  },
  {
    definition: { runTimeout: '1h', maxMemory: '1GiB' },
    samples: [...ORDINARY, { type: 'run.timedOut' }, { type: 'memory.exceeded', bytes: 2 ** 31, at: 2 }],
  },
  {
    definition: { group: 'back', restart: 'always', maxRestarts: 0 },
    samples: [...ORDINARY, crashed, { type: 'dependencies.met' }, { type: 'task.retry' }],
  },
  {
    definition: { watch: ['/srv/*.js'] },
    samples: [...ORDINARY, crashed, { type: 'files.changed', runId: 'f' }, { type: 'task.retire' }],
  },
  {
    definition: { schedule: '0 0 * * *', overlap: 'queue' },
    samples: [
      ...ORDINARY,
      crashed,
      { type: 'schedule.armed', at: 100, delayMs: 30_000_000_000, runId: 's' },
      { type: 'schedule.due', runId: 's' },
      { type: 'task.retire' },
    ],
  },
  {
    definition: { schedule: '0 0 * * *', overlap: 'restart' },
    samples: [
      ...ORDINARY,
      crashed,
      { type: 'task.restart', runId: 'r' },
      { type: 'schedule.due', runId: 's' },
      { type: 'schedule.start', runId: 's' },
    ],
  },
  ...LEFT.map((resume) => ({ definition: {}, samples: BARE, resume })),
];

// What the graph functions give is typed by the machine, timers included, which no event type names.
const asEvents = (events: readonly unknown[]): TaskEvent[] => events as TaskEvent[];
const asSteps = (steps: readonly unknown[]): Step[] => steps as Step[];

const isDue = (state: TaskSnapshot) => state.hasTag('settled') && state.context.queuedStart !== null;

/** Samples are offered in every state, also where they mean nothing; timers only where they are armed. */
function eventsIn(samples: readonly TaskEvent[], state: TaskSnapshot): TaskEvent[] {
  // The machine's own call for a queued start is in its mailbox already: nothing comes before it.
  if (isDue(state)) return [{ type: 'start.due' }];
  const timers = ownDescriptors(state).filter((type) => type.startsWith('xstate.after.'));
  return asEvents([...samples, ...timers.map((type) => ({ type }))]);
}

function traversal({ definition, samples, resume }: Variant) {
  return {
    input: { name: 'web', definition: define(definition), ...(resume === undefined ? {} : { resume }) },
    events: (state: TaskSnapshot) => eventsIn(samples, state),
    limit: 5_000,
    // Of a run that is being stopped nobody asks any more what its probes said.
    serializeState: ({ value, context, tags }: TaskSnapshot) =>
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
        context.isResumed,
        context.restartDelayMs !== null,
        tags.has('phase:ready') || tags.has('phase:unready') ? [context.passing, definition.ready && context.wasReady] : [],
        context.watched.length,
        context.scheduledAt !== null,
        context.isRetired,
      ]),
    serializeEvent: (event: EventObject) => JSON.stringify(event),
  };
}

interface Step {
  readonly event: EventObject;
  readonly state: TaskSnapshot;
}

/** Takes the steps on a live actor and compares every moment with what the pure machine foretold. */
function walk({ definition, resume }: Omit<Variant, 'samples'>, steps: readonly Step[], taken: Set<string>): void {
  const rig = createTaskRig({ definition, inspect: createInspect(taken), ...(resume === undefined ? {} : { resume }) });
  const values: unknown[] = [];
  rig.actor.subscribe((snapshot) => values.push(snapshot.value));
  let isCalled = false;
  for (const { event, state } of steps) {
    if (event.type.startsWith('xstate.after.stopTimeout')) rig.advance(10_000);
    else if (event.type.startsWith('xstate.after.killInterval')) rig.advance(KILL_INTERVAL_MS);
    else if (event.type.startsWith('xstate.after.startTimeout')) rig.advance(90_000);
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

/** Walks every transition out of every situation, by the shortest way there; what was met on the way is added to the sets. */
function walkEverything(variant: Variant, taken: Set<string>, seen: Set<string>): number {
  const options = traversal(variant);
  const ways = new Map(getShortestPaths(taskMachine, options).map((path) => [options.serializeState(path.state), path.steps.slice(1)]));
  let walks = 0;
  for (const { state, transitions } of Object.values(getAdjacencyMap(taskMachine, options))) {
    for (const node of state._nodes) seen.add(node.id);
    const way = ways.get(options.serializeState(state));
    assert.ok(way !== undefined, 'every situation can be reached');
    for (const next of asSteps(Object.values(transitions))) {
      walk(variant, asSteps([...way, next]), taken);
      walks += 1;
    }
  }
  return walks;
}

describe('the task machine, walked', () => {
  it('does live what it says along every transition out of every situation, and none is out of reach', (t) => {
    const taken = new Set<string>();
    const seen = new Set<string>();
    const walks = VARIANTS.map((variant) => walkEverything(variant, taken, seen)).reduce((sum, each) => sum + each);
    assert.ok(walks > 1_000, `${walks} walks`);
    assert.deepEqual(
      leavesOf(taskMachine).filter((id) => !seen.has(id)),
      ['task.resuming', 'task.running.settling'],
      'only what is left in the step it is entered is never seen',
    );
    const inspect = createInspect(taken);
    createTaskRig({ fault: { reason: 'internal', message: 'broke' }, inspect }).verify();
    assert.deepEqual(
      transitionsOf(taskMachine).filter((key) => !taken.has(key)),
      [],
    );
    const [states, transitions] = [leavesOf(taskMachine).length, transitionsOf(taskMachine).length];
    t.diagnostic(`${walks} walks took all ${transitions} transitions of the task machine and saw all its ${states} innermost states`);
  });

  it('does live what it says along every simple path of an ordinary life', () => {
    const paths = getSimplePaths(taskMachine, traversal({ definition: { leftovers: 'kill' }, samples: ORDINARY }));
    assert.ok(paths.length > 100, `${paths.length} paths`);
    for (const path of paths) walk({ definition: { leftovers: 'kill' } }, path.steps.slice(1), new Set());
  });
});
