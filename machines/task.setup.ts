/**
 * The named parts of the task machine: its guards, actions and delays. No clock, no I/O, and none of them can throw, for a machine
 * that throws is dead and its process an orphan: each takes what it needs of an event as its parameter, so it cannot meet another.
 */
import { assign, cancel, enqueueActions, fromCallback, sendTo, setup, stopChild, type ActorRefFrom, type AnyActorRef } from 'xstate';
import type { ResolvedTask } from '../src/model/definition.ts';
import { probeMachine, type ProbeContext } from './probe.machine.ts';
import * as next from './task.context.ts';
import type {
  ExitedFact,
  FailedFact,
  LostFact,
  MemoryFact,
  ProbeFailedFact,
  ProbeKind,
  ScheduledFact,
  SpawnedFact,
  SurvivalFact,
  TaskEvent,
} from './task.events.ts';
import { toVerdict } from './task.status.ts';
import type {
  ProcessCommand,
  ProcessInput,
  RunRequest,
  ScheduleCommand,
  ScheduleInput,
  TaskContext,
  TaskInput,
  TaskTag,
  WatchInput,
} from './task.types.ts';

/** Pause between two SIGKILLs, in milliseconds: a process stuck in the kernel, or a group that still forks, gets another one. */
export const KILL_INTERVAL_MS = 5_000;

const unprovided = (actor: string) => () => {
  throw new Error(`The task machine was started without an implementation of the actor "${actor}": pass one with machine.provide().`);
};

const unprovidedProcess = fromCallback<ProcessCommand, ProcessInput>(unprovided('process'));
const unprovidedSchedule = fromCallback<ScheduleCommand, ScheduleInput>(unprovided('schedule'));
const unprovidedWatch = fromCallback<TaskEvent, WatchInput>(unprovided('watch'));

const command = (toCommand: (context: TaskContext) => ProcessCommand) =>
  sendTo<TaskContext, TaskEvent, undefined, ActorRefFrom<typeof unprovidedProcess>, TaskEvent>('process', ({ context }) =>
    toCommand(context),
  );

/** The task machine without its states. */
export const taskSetup = setup({
  types: {
    input: {} as TaskInput,
    context: {} as TaskContext,
    events: {} as TaskEvent,
    tags: {} as TaskTag,
    children: {} as { process: 'process'; ready: 'probe'; alive: 'probe'; schedule: 'schedule'; watch: 'watch' },
  },
  actors: { process: unprovidedProcess, probe: probeMachine, schedule: unprovidedSchedule, watch: unprovidedWatch },
  delays: {
    stopTimeout: ({ context }) => context.definition.stopTimeout,
    killInterval: KILL_INTERVAL_MS,
    startTimeout: ({ context: { definition, elapsedMs } }) => Math.max(0, definition.startTimeout - elapsedMs),
    restartDelay: ({ context }) => context.restartDelayMs ?? 0,
  },
  guards: {
    hasFault: ({ context }) => context.error !== null && context.runId === null,
    hasRun: ({ context }) => context.isResumed && context.outputComplete === null,
    hasFinished: ({ context }) => context.isResumed && toVerdict(context).state === 'finished',
    hasFailed: ({ context }) => context.isResumed && toVerdict(context).state === 'failed',
    wasBeingStopped: ({ context }) => context.isResumed && (context.stopRequested === 'stop' || context.error !== null),
    // Whether others may have to come first: the supervisor knows.
    hasToWait: ({ context }) => hasOthers(next.nextDefinition(context)),
    hasQueuedStartToWait: ({ context }) => context.queuedStart !== null && hasOthers(next.nextDefinition(context)),
    isInGroup: ({ context }) => context.definition.group !== undefined,
    isReady: ({ context }) => next.isReady(context),
    isUnready: ({ context }) => !next.isReady(context),
    isNotReadyYet: ({ context }) => context.definition.ready !== undefined && !context.wasReady,
    isAlive: (_, { probe }: ProbeFailedFact) => probe === 'ready',
    isWanted: ({ context }) => context.stopRequested === null && !context.isHeld,
    isScheduled: ({ context }) => next.nextDefinition(context).schedule !== undefined && !context.isRetired,
    isQueuing: ({ context }) => context.definition.overlap === 'queue',
    isOverlapRestarting: ({ context }) => context.definition.overlap === 'restart' && context.stopRequested === null,
    hasGivenUp: ({ context }) => context.error?.reason === 'gaveUp' && context.restartDelayMs === null && !context.isHeld,
    hasQueuedStart: ({ context }) => context.queuedStart !== null,
    isStopRequested: ({ context }) => context.stopRequested === 'stop',
    isKillRequested: ({ context }) => context.stopRequested === 'kill',
    isBeingStopped: ({ context }) => context.stopRequested !== null,
    hasLeftoversToKill: ({ context }) => context.survivors && context.definition.leftovers === 'kill',
    hasExited: ({ context }) => context.exit !== null,
    hasSurvivors: (_, { survivors }: ExitedFact) => survivors,
    letsLeftoversLive: ({ context }) => context.definition.leftovers === 'leave',
    isStopped: ({ context }) => toVerdict(context).state === 'stopped',
    isFinished: ({ context }) => toVerdict(context).state === 'finished',
    restartsAfterExit: ({ context }) => context.restartDelayMs !== null && toVerdict(context).state === 'finished',
    restartsAfterFailure: ({ context }) => context.restartDelayMs !== null && toVerdict(context).state === 'failed',
  },
  actions: {
    prepareRun: assign(({ context }, run: RunRequest) => next.toStartedContext(context, run)),
    prepareQueuedRun: assign(({ context }) => (context.queuedStart === null ? {} : next.toStartedContext(context, context.queuedStart))),
    queueStart: assign((_, run: RunRequest) => ({ queuedStart: run })),
    // A stop after the process has ended: neither the start queued behind it nor an automatic one happens.
    cancelStarts: assign({ queuedStart: null, isHeld: true, restartDelayMs: null, nextStartAt: null }),
    prepareRestart: assign(({ context }) => next.toRestartedContext(context)),
    planNext: assign(({ context, event }) => next.toSettledContext(context, 'at' in event ? event.at : (context.stoppedAt ?? 0))),
    planRetry: assign(({ context }) => next.toRetryContext(context)),
    takeDefinition: assign((_, definition: ResolvedTask) => ({ definition, pendingDefinition: null })),
    keepDefinition: assign((_, definition: ResolvedTask) => ({ pendingDefinition: definition })),
    requestStop: assign(
      ({ context }, stopCause: string | null) =>
        ({ stopRequested: context.stopRequested ?? 'stop', queuedStart: null, stopCause }) as const,
    ),
    // Before the run began: it never does.
    forgetRun: assign((_, stopCause: string | null) => ({ stopRequested: 'stop', stopCause, outputComplete: true }) as const),
    rememberDependency: assign((_, message: string) => ({ error: { reason: 'dependency', message }, outputComplete: true }) as const),
    rememberProbe: assign(({ context }, { probe, passes }: { readonly probe: ProbeKind; readonly passes: boolean }) => ({
      passing: { ...context.passing, [probe]: passes },
    })),
    rememberStopCause: assign((_, stopCause: string | null) => ({ stopCause })),
    rememberReady: assign({ wasReady: true }),
    rememberProbeFailure: assign((_, fact: ProbeFailedFact) => ({ error: next.toProbeFailure(fact) })),
    rememberStartTimeout: assign(({ context, self }) => {
      const children: Partial<Record<string, AnyActorRef>> | undefined = self.getSnapshot().children; // none where no actor runs
      const probe = children?.['ready'];
      const seen = (probe?.getSnapshot() as { readonly context: ProbeContext } | undefined)?.context.message ?? null;
      return { error: next.toStartTimeout(context, seen) };
    }),
    rememberRunTimeout: assign(({ context }) => ({ error: next.toRunTimeout(context) })),
    rememberMemory: assign(({ context }, fact: MemoryFact) => ({ error: next.toMemoryFailure(context, fact) })),
    rememberSchedule: assign((_, { at }: ScheduledFact) => ({ scheduledAt: at })),
    retire: assign({ isRetired: true, scheduledAt: null }),
    requestKill: assign({ stopRequested: 'kill', queuedStart: null, stopCause: null }),
    rememberProcess: assign((_, { pid, startTime, at }: SpawnedFact) => ({ pid, startTime, startedAt: at })),
    rememberFailure: assign((_, { failure, at }: FailedFact) => ({ error: failure, stoppedAt: at, outputComplete: true })),
    rememberNoProcess: assign((_, { at }: FailedFact) => ({ stoppedAt: at, outputComplete: true })),
    rememberExit: assign((_, { exitCode, signal, survivors, at }: ExitedFact) => ({
      exit: { exitCode, signal },
      survivors,
      stoppedAt: at,
      pid: null,
    })),
    rememberLoss: assign(
      ({ context }, { message, at }: LostFact) =>
        ({
          error: { reason: 'lost', message },
          stoppedAt: context.stoppedAt ?? at,
          pid: null,
          outputComplete: false,
        }) as const,
    ),
    rememberEmptyTree: assign({ survivors: false }),
    rememberSurvivors: assign((_, { processes }: SurvivalFact) => ({ survivors: false, unkillable: processes })),
    rememberUnkillable: assign(({ context }, { at }: SurvivalFact) => next.toUnkillableContext(context, at)),
    rememberOutput: assign((_, outputComplete: boolean) => ({ outputComplete })),
    sendStopSignal: command(({ definition }) => ({ type: 'signal', signal: definition.stopSignal, to: 'group' })),
    sendKillSignal: command(() => ({ type: 'signal', signal: 'SIGKILL', to: 'group' })),
    passSignal: sendTo('process', (_, signal: string): ProcessCommand => ({ type: 'signal', signal, to: 'process' })),
    disarmRunTimeout: cancel('runTimeout'),
    disarmSchedule: cancel('schedule'),
    endSchedule: stopChild('schedule'),
    endReadyProbe: stopChild('ready'),
    endAliveProbe: stopChild('alive'),
    rearmSchedule: sendTo('schedule', { type: 'arm' } satisfies ScheduleCommand),
    awaitTree: command(() => ({ type: 'awaitTree' })),
    drainOutput: command(({ definition }) => ({ type: 'drain', idleMs: definition.drainTimeout })),
    sweepTree: command(({ definition }) => ({ type: 'sweep', idleMs: definition.drainTimeout })),
    settleRun: command((context) => ({
      type: 'settle',
      status: toVerdict(context),
      outputComplete: context.outputComplete ?? false,
      memory: next.toTaskMemory(context),
    })),
  },
}).extend({
  actions: {
    // Of a task that never ran nobody waits for anything.
    tellSupervisor: enqueueActions(({ enqueue, context }) => {
      if (context.supervisor !== null && (context.runId !== null || context.error !== null))
        enqueue.sendTo(context.supervisor, { type: 'task.moved', name: context.name });
    }),
    // Through the mailbox, not raised: everyone sees how the run ended before the next one begins.
    callQueuedStart: enqueueActions(({ enqueue, context, self }) => {
      if (context.queuedStart !== null) enqueue.sendTo(self, { type: 'start.due' });
    }),
    sendStop: enqueueActions(({ enqueue, context }) => {
      const { stopCommand, stopSignal, stopTimeout } = context.definition;
      const signal = { type: 'signal', signal: stopSignal, to: 'group' } as const;
      const run = { type: 'stopCommand', args: stopCommand ?? [], timeoutMs: stopTimeout } as const;
      enqueue.sendTo('process', stopCommand === undefined ? signal : run);
    }),
    armProbes: enqueueActions(({ enqueue, context }) => {
      const { name: task, runId, pid, definition } = context;
      if (runId === null || pid === null) return;
      for (const kind of ['ready', 'alive'] as const) {
        const probe = definition[kind];
        if (probe !== undefined && !next.wasHeardBefore(context, kind))
          enqueue.spawnChild('probe', { id: kind, input: { kind, probe, task, runId, pid } });
      }
    }),
    armLimits: enqueueActions(({ enqueue, context: { definition, elapsedMs } }) => {
      if (definition.maxMemory !== undefined) enqueue.sendTo('process', { type: 'watchMemory', limitBytes: definition.maxMemory });
      const { runTimeout } = definition;
      if (runTimeout !== undefined)
        enqueue.raise({ type: 'run.timedOut' }, { id: 'runTimeout', delay: Math.max(0, runTimeout - elapsedMs) });
    }),
    beginSchedule: enqueueActions(({ enqueue, context }) => {
      const { schedule, timezone } = next.nextDefinition(context);
      if (schedule === undefined || context.isRetired) return;
      enqueue.spawnChild('schedule', { id: 'schedule', input: { schedule, ...(timezone === undefined ? {} : { timezone }) } });
    }),
    forgetSchedule: enqueueActions(({ enqueue, context }) => {
      if (context.scheduledAt !== null) enqueue.assign({ scheduledAt: null });
    }),
    awaitSchedule: enqueueActions(({ enqueue }, { delayMs, runId }: ScheduledFact) => {
      enqueue.raise({ type: 'schedule.due', runId }, { id: 'schedule', delay: delayMs });
    }),
    startOnSchedule: enqueueActions(({ enqueue }, runId: string) => {
      enqueue.raise({ type: 'schedule.start', runId });
    }),
    restartNow: enqueueActions(({ enqueue }, runId: string) => {
      enqueue.raise({ type: 'task.restart', runId });
    }),
    beginWatch: enqueueActions(({ enqueue, context }) => {
      const { watch: globs } = context.definition;
      if (context.isRetired || globs.join('\0') === context.watched.join('\0')) return;
      enqueue.stopChild('watch');
      enqueue.assign({ watched: globs });
      if (globs.length > 0) enqueue.spawnChild('watch', { id: 'watch', input: { globs } });
    }),
    forgetWatch: enqueueActions(({ enqueue, context }) => {
      if (context.watched.length === 0) return;
      enqueue.stopChild('watch');
      enqueue.assign({ watched: [] });
    }),
  },
});

const hasOthers = ({ dependsOn, group }: ResolvedTask): boolean => dependsOn.length > 0 || group !== undefined;
