/**
 * Decides what one task does: four public states, refined by phases. What is to be done with the process it names, and leaves the
 * doing to the actor `process`, one for each run. No byte of output passes here.
 */
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import { toInitialContext, toProcessInput, toRunRequest } from './task.context.ts';
import { taskSetup } from './task.setup.ts';
import type { DefineCommand, RestartCommand, StartCommand } from './task.types.ts';

interface Of<TEvent> {
  readonly event: TEvent;
}

const requestOf = ({ event }: Of<StartCommand | RestartCommand>) => toRunRequest(event);
const definitionOf = ({ event }: Of<DefineCommand>) => event.definition;
const eventOf = <TEvent>({ event }: Of<TEvent>) => event;

const queue = { actions: { type: 'queueStart', params: requestOf } } as const;
const cancel = { actions: 'cancelStarts' } as const;
const pass = { actions: { type: 'passSignal', params: ({ event }: Of<{ readonly signal: string }>) => event.signal } } as const;
const survive = { type: 'rememberSurvivors', params: eventOf } as const;
const outputComplete = (params: boolean) => ({ type: 'rememberOutput', params }) as const;

/** What a task does with commands while no run goes on. */
const whileSettled = {
  'task.start': { target: '#task.running', actions: { type: 'prepareRun', params: requestOf } },
  'task.restart': { target: '#task.running', actions: { type: 'prepareRun', params: requestOf } },
  'start.due': { guard: 'hasQueuedStart', target: '#task.running', actions: 'prepareQueuedRun' },
  // A stop between the end of a run and the start that was queued behind it.
  'task.stop': cancel,
  'task.kill': cancel,
  'task.define': { actions: { type: 'takeDefinition', params: definitionOf } },
} as const;

/** What happens while the whole tree is told to end, until no process of it is left. */
const whileEnding = {
  'process.exited': [
    { guard: { type: 'hasSurvivors', params: eventOf }, actions: [{ type: 'rememberExit', params: eventOf }, 'awaitTree'] },
    { target: 'draining', actions: { type: 'rememberExit', params: eventOf } },
  ],
  'tree.gone': { target: 'draining', actions: 'rememberEmptyTree' },
  'tree.survives': [
    // They hold the pipes as long as they live: there is no end of the output to wait for.
    { guard: 'hasExited', target: '#task.running.draining.sweeping', actions: survive },
    { target: 'settling', actions: [survive, { type: 'rememberUnkillable', params: eventOf }] },
  ],
  'task.start': queue,
  'task.restart': queue,
  'task.stop': cancel,
  'task.signal': pass,
} as const;

const starting = taskSetup.createStateConfig({
  description:
    'The process was asked for and does not exist yet. A stop is sent ahead: a start that waits for room ends, any other gets the signal.',
  tags: 'phase:starting',
  on: {
    'process.spawned': [
      { guard: 'isKillRequested', target: 'killing', actions: { type: 'rememberProcess', params: eventOf } },
      { guard: 'isStopRequested', target: 'stopping', actions: { type: 'rememberProcess', params: eventOf } },
      { target: 'ready', actions: { type: 'rememberProcess', params: eventOf } },
    ],
    'process.failed': [
      { guard: 'isBeingStopped', target: 'settling', actions: { type: 'rememberNoProcess', params: eventOf } },
      { target: 'settling', actions: { type: 'rememberFailure', params: eventOf } },
    ],
    'task.start': { guard: 'isBeingStopped', ...queue },
    'task.restart': [{ guard: 'isBeingStopped', actions: queue.actions }, { actions: ['requestStop', 'sendStopSignal', queue.actions] }],
    'task.stop': [{ guard: 'isBeingStopped', ...cancel }, { actions: ['requestStop', 'sendStopSignal'] }],
    'task.kill': { actions: ['requestKill', 'sendKillSignal'] },
    'task.signal': pass,
  },
});

const ready = taskSetup.createStateConfig({
  description: 'The process runs.',
  tags: 'phase:ready',
  on: {
    'process.exited': { target: 'draining', actions: { type: 'rememberExit', params: eventOf } },
    'task.stop': { target: 'stopping', actions: ['requestStop', 'sendStopSignal'] },
    'task.restart': { target: 'stopping', actions: ['requestStop', 'sendStopSignal', queue.actions] },
    'task.kill': { target: 'killing', actions: 'requestKill' },
    'task.signal': pass,
  },
});

const stopping = taskSetup.createStateConfig({
  description: 'The whole tree of processes got the stop signal and has until the stop timeout to be gone, every process of it.',
  tags: 'phase:stopping',
  after: { stopTimeout: 'killing' },
  on: { ...whileEnding, 'task.kill': { target: 'killing', actions: 'requestKill' } },
});

const killing = taskSetup.createStateConfig({
  description: 'The whole tree gets SIGKILL, again and again, until no process of it is left or SIGKILL has proved useless.',
  tags: 'phase:killing',
  entry: 'sendKillSignal',
  after: { killInterval: { target: 'killing', reenter: true } },
  on: { ...whileEnding, 'task.kill': cancel },
});

const flowing = taskSetup.createStateConfig({
  description: 'What the pipes still hold is being written out.',
  tags: 'phase:draining',
  on: {
    'output.drained': [
      { guard: 'hasLeftoversToKill', target: 'sweeping' },
      { target: '#task.running.settling', actions: outputComplete(true) },
    ],
    'output.stalled': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: outputComplete(false) },
      { target: 'sweeping' },
    ],
    'task.stop': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: ['cancelStarts', outputComplete(false)] },
      { target: 'sweeping', ...cancel },
    ],
    'task.kill': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: ['cancelStarts', outputComplete(false)] },
      { target: 'sweeping', ...cancel },
    ],
    'task.restart': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: [queue.actions, outputComplete(false)] },
      { target: 'sweeping', ...queue },
    ],
    'task.start': queue,
  },
});

const sweeping = taskSetup.createStateConfig({
  description: 'What is left of the tree is being killed, and its last output written out.',
  tags: 'phase:draining',
  entry: 'sweepTree',
  on: {
    'tree.swept': {
      target: '#task.running.settling',
      actions: { type: 'rememberOutput', params: ({ event }) => event.outputComplete },
    },
    'task.start': queue,
    'task.restart': queue,
    'task.stop': cancel,
    'task.kill': cancel,
  },
});

const draining = taskSetup.createStateConfig({
  description: 'The process is gone, its output not yet all on disk. Who stops the task now only hurries this: the result stands.',
  tags: 'phase:draining',
  entry: 'drainOutput',
  initial: 'flowing',
  states: { flowing, sweeping },
});

// A state of its own because the actor `process` is stopped when `running` is left: only from inside can it be told the verdict.
const settling = taskSetup.createStateConfig({
  description: 'The run is over: its verdict is recorded. Left in the same step it is entered.',
  tags: 'phase:draining',
  entry: ['planNext', 'settleRun'],
  exit: ['tellSupervisor', 'callQueuedStart'],
  always: [
    { guard: 'isStopped', target: '#task.stopped' },
    { guard: 'restartsAfterExit', target: '#task.finished.backingOff' },
    { guard: 'restartsAfterFailure', target: '#task.failed.backingOff' },
    { guard: 'isFinished', target: '#task.finished' },
    { target: '#task.failed' },
  ],
});

const settled = taskSetup.createStateConfig({
  description: 'For good, until someone starts it.',
  tags: ['phase:settled', 'settled'],
});

const backingOff = taskSetup.createStateConfig({
  description: 'It is started again once the restart delay is over, or at once by whoever asks for it; a stop ends that.',
  tags: 'phase:backingOff',
  after: { restartDelay: { target: '#task.running', actions: 'prepareRestart' } },
  on: {
    'task.stop': { target: '#task.stopped', actions: ['cancelStarts', 'tellSupervisor'] },
    'task.kill': { target: '#task.stopped', actions: ['cancelStarts', 'tellSupervisor'] },
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
  states: {
    resuming: {
      description: 'Where a machine begins: in `failed` when its predecessor broke, otherwise in `stopped`.',
      tags: ['state:stopped', 'phase:idle'],
      always: [{ guard: 'hasFault', target: 'failed' }, { target: 'stopped' }],
    },
    stopped: {
      description: 'No run goes on, and none ended by itself since the last stop.',
      tags: 'state:stopped',
      initial: 'idle',
      on: whileSettled,
      states: {
        idle: { description: 'Never ran, or was stopped on request, whatever code it died with.', tags: ['phase:idle', 'settled'] },
      },
    },
    running: {
      description: 'A run goes on: from the request for a process until all its output is on disk.',
      tags: 'state:running',
      initial: 'starting',
      invoke: { id: 'process', src: 'process', input: ({ context }) => toProcessInput(context) },
      on: {
        'tree.survives': { actions: survive },
        'process.lost': { target: '.settling', actions: { type: 'rememberLoss', params: eventOf } },
        'task.define': { actions: { type: 'keepDefinition', params: definitionOf } },
      },
      states: { starting, ready, stopping, killing, draining, settling },
    },
    finished: {
      description: 'The process ended by itself, with an exit code.',
      tags: 'state:finished',
      initial: 'settled',
      on: whileSettled,
      states: { settled, backingOff },
    },
    failed: {
      description: 'The process could not be started, was killed by a signal nobody here sent, or was lost.',
      tags: 'state:failed',
      initial: 'settled',
      on: whileSettled,
      states: { settled, backingOff },
    },
  },
});

/** A running task machine. */
export type TaskActor = ActorRefFrom<typeof taskMachine>;
/** A moment of a task machine. */
export type TaskSnapshot = SnapshotFrom<typeof taskMachine>;
