/**
 * Decides what one task does: four public states, refined by phases. What is to be done with the process it names, and leaves the
 * doing to the actor `process`, one for each run. No byte of output passes here.
 */
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import { toInitialContext, toRunRequest } from './task.context.ts';
import type { DefineCommand, DependenciesFailedFact, RestartCommand, StartCommand, StopCommand } from './task.events.ts';
import { renewSchedule, running } from './task.running.ts';
import { taskSetup } from './task.setup.ts';

interface Of<TEvent> {
  readonly event: TEvent;
}

const requestOf = ({ event }: Of<StartCommand | RestartCommand | { readonly runId: string }>) => toRunRequest(event);
const definitionOf = ({ event }: Of<DefineCommand>) => event.definition;
const causeOf = ({ event }: Of<StopCommand>) => event.because ?? null;
const runIdOf = ({ event }: Of<{ readonly runId: string }>) => event.runId;

/** A start, by way of `waiting` where others may have to come first. */
const begin = <TActions>(actions: TActions) =>
  [
    { guard: 'hasToWait', target: '#task.stopped.waiting', actions },
    { target: '#task.running', actions },
  ] as const;

const prepareRun = { type: 'prepareRun', params: requestOf } as const;
const cancel = { actions: ['cancelStarts', { type: 'rememberStopCause', params: causeOf }] } as const;
const cancelForKill = { actions: ['cancelStarts', { type: 'rememberStopCause', params: null }] } as const;

/** What a task does with commands while no run goes on. */
const whileSettled = {
  'task.start': begin(prepareRun),
  'task.restart': begin(prepareRun),
  'schedule.start': begin(prepareRun),
  'start.due': [
    { guard: 'hasQueuedStartToWait', target: '#task.stopped.waiting', actions: 'prepareQueuedRun' },
    { guard: 'hasQueuedStart', target: '#task.running', actions: 'prepareQueuedRun' },
  ],
  // A stop between the end of a run and the start that was queued behind it.
  'task.stop': cancel,
  'task.kill': cancelForKill,
  'task.define': { actions: [{ type: 'takeDefinition', params: definitionOf }, ...renewSchedule] },
} as const;

/** What ended by itself begins again when its files change; what was stopped meanwhile does not. */
const whileEnded = {
  ...whileSettled,
  'files.changed': { guard: 'isWanted', actions: { type: 'restartNow', params: runIdOf } },
} as const;

const idle = taskSetup.createStateConfig({
  description: 'Never ran, or was stopped on request, whatever code it died with.',
  tags: ['phase:idle', 'settled'],
  entry: ['forgetWatch', 'tellSupervisor'],
  on: whileSettled,
});

const waiting = taskSetup.createStateConfig({
  description: 'A run was asked for, and others come first: its dependencies, or those before it in its group.',
  tags: 'phase:waiting',
  entry: 'tellSupervisor',
  on: {
    'dependencies.met': '#task.running',
    'dependencies.failed': {
      target: '#task.failed',
      actions: { type: 'rememberDependency', params: ({ event }: Of<DependenciesFailedFact>) => event.message },
    },
    'task.stop': { target: 'idle', actions: { type: 'forgetRun', params: causeOf } },
    'task.kill': { target: 'idle', actions: { type: 'forgetRun', params: null } },
    'task.define': { actions: [{ type: 'keepDefinition', params: definitionOf }, ...renewSchedule] },
  },
});

const settled = taskSetup.createStateConfig({
  description: 'For good, until someone starts it.',
  tags: ['phase:settled', 'settled'],
  entry: 'tellSupervisor',
});

const backingOff = taskSetup.createStateConfig({
  description: 'It is started again once the restart delay is over, or at once by whoever asks for it; a stop ends that.',
  tags: 'phase:backingOff',
  entry: 'tellSupervisor',
  after: {
    restartDelay: [
      { guard: 'isInGroup', target: '#task.stopped.waiting', actions: 'prepareRestart' },
      { target: '#task.running', actions: 'prepareRestart' },
    ],
  },
  on: {
    'task.stop': { target: '#task.stopped', ...cancel },
    'task.kill': { target: '#task.stopped', ...cancelForKill },
  },
});

/** The machine of one task. The actor `process` is provided from outside; without it a start ends in an error of the actor. */
export const taskMachine = taskSetup.createMachine({
  id: 'task',
  description: 'One background task: a command that runs when asked to, as one tree of processes at a time.',
  // An endless loop of transitions becomes an error instead of a hang of the host. Each machine needs its own limit.
  options: { maxIterations: 1_000 },
  context: ({ input }) => toInitialContext(input),
  initial: 'resuming',
  on: {
    'schedule.armed': {
      actions: [
        { type: 'rememberSchedule', params: ({ event }) => event },
        'disarmSchedule',
        { type: 'awaitSchedule', params: ({ event }) => event },
      ],
    },
    'schedule.due': {
      guard: 'isScheduled',
      description: 'Becomes a start where the task is, and the schedule is asked for the next one.',
      actions: ['forgetSchedule', { type: 'startOnSchedule', params: runIdOf }, 'rearmSchedule'],
    },
    'task.retire': { actions: ['retire', 'disarmSchedule', 'endSchedule', 'forgetWatch'] },
  },
  states: {
    resuming: {
      description:
        'Where a machine begins: in `stopped`; in `failed` when its predecessor broke; and where a run that outlived its runner was left.',
      tags: ['state:stopped', 'phase:idle'],
      entry: 'beginSchedule',
      always: [
        { guard: 'hasFault', target: 'failed' },
        { guard: 'hasRun', target: 'running' },
        { guard: 'restartsAfterExit', target: 'finished.backingOff' },
        { guard: 'restartsAfterFailure', target: 'failed.backingOff' },
        { guard: 'hasFinished', target: 'finished' },
        { guard: 'hasFailed', target: 'failed' },
        { target: 'stopped' },
      ],
    },
    stopped: {
      description: 'No run goes on, and none ended by itself since the last stop.',
      tags: 'state:stopped',
      initial: 'idle',
      states: { idle, waiting },
    },
    running,
    finished: {
      description: 'The process ended by itself, with an exit code.',
      tags: 'state:finished',
      initial: 'settled',
      on: whileEnded,
      states: { settled, backingOff },
    },
    failed: {
      description:
        'The process could not be started, was killed by a signal nobody here sent, broke a limit or failed its probe, or was lost.',
      tags: 'state:failed',
      initial: 'settled',
      on: { ...whileEnded, 'task.retry': { guard: 'hasGivenUp', target: '.backingOff', actions: 'planRetry' } },
      states: { settled, backingOff },
    },
  },
});

/** A running task machine. */
export type TaskActor = ActorRefFrom<typeof taskMachine>;
/** A moment of a task machine. */
export type TaskSnapshot = SnapshotFrom<typeof taskMachine>;
