/**
 * The states of a run, from the request for a process until all its output is on disk. No byte of output passes here, and what is
 * done with the process is the affair of the actor `process`, one for each run.
 */
import { toProcessInput, toRunRequest } from './task.context.ts';
import type { DefineCommand, ProbeKind, RestartCommand, StartCommand, StopCommand } from './task.events.ts';
import { taskSetup } from './task.setup.ts';

interface Of<TEvent> {
  readonly event: TEvent;
}

const requestOf = ({ event }: Of<StartCommand | RestartCommand | { readonly runId: string }>) => toRunRequest(event);
const definitionOf = ({ event }: Of<DefineCommand>) => event.definition;
const eventOf = <TEvent>({ event }: Of<TEvent>) => event;
const causeOf = ({ event }: Of<StopCommand>) => event.because ?? null;
const runIdOf = ({ event }: Of<{ readonly runId: string }>) => event.runId;

const queue = { actions: { type: 'queueStart', params: requestOf } } as const;
const cancel = { actions: ['cancelStarts', { type: 'rememberStopCause', params: causeOf }] } as const;
const cancelForKill = { actions: ['cancelStarts', { type: 'rememberStopCause', params: null }] } as const;
const pass = { actions: { type: 'passSignal', params: ({ event }: Of<{ readonly signal: string }>) => event.signal } } as const;
const survive = { type: 'rememberSurvivors', params: eventOf } as const;
const outputComplete = (params: boolean) => ({ type: 'rememberOutput', params }) as const;
const requestStop = { type: 'requestStop', params: causeOf } as const;
const requestRestart = { type: 'requestStop', params: null } as const;
const probe = (passes: boolean) =>
  ({ type: 'rememberProbe', params: ({ event }: Of<{ readonly probe: ProbeKind }>) => ({ probe: event.probe, passes }) }) as const;

/** After a definition was taken: what the machine of the schedule was told before is forgotten. */
export const renewSchedule = ['endSchedule', 'disarmSchedule', 'forgetSchedule', 'beginSchedule'] as const;

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
      { guard: 'wasBeingStopped', target: 'stopping', actions: [{ type: 'rememberProcess', params: eventOf }, 'sendStop'] },
      { guard: 'isKillRequested', target: 'killing', actions: { type: 'rememberProcess', params: eventOf } },
      { guard: 'isStopRequested', target: 'stopping', actions: { type: 'rememberProcess', params: eventOf } },
      { guard: 'isReady', target: 'up', actions: { type: 'rememberProcess', params: eventOf } },
      { target: 'up.unready', actions: { type: 'rememberProcess', params: eventOf } },
    ],
    'process.failed': [
      { guard: 'isBeingStopped', target: 'settling', actions: { type: 'rememberNoProcess', params: eventOf } },
      { target: 'settling', actions: { type: 'rememberFailure', params: eventOf } },
    ],
    'task.start': { guard: 'isBeingStopped', ...queue },
    'task.restart': [{ guard: 'isBeingStopped', actions: queue.actions }, { actions: [requestRestart, 'sendStopSignal', queue.actions] }],
    'task.stop': [{ guard: 'isBeingStopped', ...cancel }, { actions: [requestStop, 'sendStopSignal'] }],
    'task.kill': { actions: ['requestKill', 'sendKillSignal'] },
    'task.signal': pass,
  },
});

const unready = taskSetup.createStateConfig({
  description: 'The process runs, and one of its probes does not pass, or not yet.',
  tags: 'phase:unready',
  entry: 'tellSupervisor',
  always: { guard: 'isReady', target: 'ready' },
  after: { startTimeout: { guard: 'isNotReadyYet', target: '#task.running.stopping', actions: ['rememberStartTimeout', 'sendStop'] } },
});

const ready = taskSetup.createStateConfig({
  description: 'The process runs, and every probe it has passes.',
  tags: 'phase:ready',
  entry: ['rememberReady', 'tellSupervisor'],
  always: { guard: 'isUnready', target: 'unready' },
});

const up = taskSetup.createStateConfig({
  description: 'The process runs, and its probes and limits are armed.',
  tags: 'state:running',
  entry: ['armProbes', 'armLimits'],
  exit: ['endReadyProbe', 'endAliveProbe', 'disarmRunTimeout'],
  initial: 'ready',
  states: { unready, ready },
  on: {
    'process.exited': { target: 'draining', actions: { type: 'rememberExit', params: eventOf } },
    'probe.passed': { actions: probe(true) },
    'probe.failed': [
      { guard: { type: 'isAlive', params: eventOf }, actions: probe(false) },
      { target: 'stopping', actions: [{ type: 'rememberProbeFailure', params: eventOf }, 'sendStop'] },
    ],
    'run.timedOut': { target: 'stopping', actions: ['rememberRunTimeout', 'sendStop'] },
    'memory.exceeded': { target: 'stopping', actions: [{ type: 'rememberMemory', params: eventOf }, 'sendStop'] },
    'task.stop': { target: 'stopping', actions: [requestStop, 'sendStop'] },
    'task.restart': { target: 'stopping', actions: [requestRestart, 'sendStop', queue.actions] },
    'task.kill': { target: 'killing', actions: 'requestKill' },
    'task.signal': pass,
  },
});

const stopping = taskSetup.createStateConfig({
  description: 'The whole tree of processes got the stop signal and has until the stop timeout to be gone, every process of it.',
  tags: 'phase:stopping',
  after: { stopTimeout: 'killing' },
  on: {
    ...whileEnding,
    'stop.commandFailed': { description: 'The stop signal takes its place.', actions: 'sendStopSignal' },
    'task.kill': { target: 'killing', actions: 'requestKill' },
  },
});

const killing = taskSetup.createStateConfig({
  description: 'The whole tree gets SIGKILL, again and again, until no process of it is left or SIGKILL has proved useless.',
  tags: 'phase:killing',
  entry: 'sendKillSignal',
  after: { killInterval: { target: 'killing', reenter: true } },
  on: { ...whileEnding, 'task.kill': cancelForKill },
});

const flowing = taskSetup.createStateConfig({
  description: 'What the pipes still hold is being written out.',
  tags: 'phase:draining',
  on: {
    'output.drained': [
      { guard: 'hasLeftoversToKill', target: 'sweeping' },
      {
        target: '#task.running.settling',
        actions: { type: 'rememberOutput', params: ({ event: { isComplete = true } }) => isComplete },
      },
    ],
    'output.stalled': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: outputComplete(false) },
      { target: 'sweeping' },
    ],
    'task.stop': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: [...cancel.actions, outputComplete(false)] },
      { target: 'sweeping', ...cancel },
    ],
    'task.kill': [
      { guard: 'letsLeftoversLive', target: '#task.running.settling', actions: [...cancelForKill.actions, outputComplete(false)] },
      { target: 'sweeping', ...cancelForKill },
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
    'task.kill': cancelForKill,
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
  exit: 'callQueuedStart',
  always: [
    { guard: 'isStopped', target: '#task.stopped' },
    { guard: 'restartsAfterExit', target: '#task.finished.backingOff' },
    { guard: 'restartsAfterFailure', target: '#task.failed.backingOff' },
    { guard: 'isFinished', target: '#task.finished' },
    { target: '#task.failed' },
  ],
});

/** The states of a run, and what it does with what they do not hear themselves. */
export const running = taskSetup.createStateConfig({
  description: 'A run goes on: from the request for a process until all its output is on disk.',
  tags: 'state:running',
  entry: 'beginWatch',
  initial: 'starting',
  invoke: { id: 'process', src: 'process', input: ({ context }) => toProcessInput(context) },
  on: {
    'tree.survives': { actions: survive },
    'process.lost': { target: '.settling', actions: { type: 'rememberLoss', params: eventOf } },
    'task.define': { actions: [{ type: 'keepDefinition', params: definitionOf }, ...renewSchedule] },
    'schedule.start': [
      { guard: 'isQueuing', actions: { type: 'queueStart', params: requestOf } },
      { guard: 'isOverlapRestarting', actions: { type: 'restartNow', params: runIdOf } },
    ],
    'files.changed': { guard: 'isWanted', actions: { type: 'restartNow', params: runIdOf } },
  },
  states: { starting, up, stopping, killing, draining, settling },
});
