/**
 * The named parts of the task machine: its guards, actions and delays. No clock, no I/O, and none of them can throw, for a machine
 * that throws is dead and its process an orphan: each takes what it needs of an event as its parameter, so it cannot meet another.
 */
import { assign, enqueueActions, fromCallback, sendTo, setup, type ActorRefFrom } from 'xstate';
import { toRestartedContext, toSettledContext, toStartedContext } from './task.context.ts';
import { toVerdict } from './task.status.ts';
import type {
  ExitedFact,
  FailedFact,
  LostFact,
  ProcessCommand,
  ProcessInput,
  RunRequest,
  SpawnedFact,
  SurvivalFact,
  TaskContext,
  TaskEvent,
  TaskInput,
  TaskTag,
} from './task.types.ts';
import type { ResolvedTask } from '../src/model/definition.ts';

/** Pause between two SIGKILLs, in milliseconds: a process stuck in the kernel, or a group that still forks, gets another one. */
export const KILL_INTERVAL_MS = 5_000;

const unprovidedProcess = fromCallback<ProcessCommand, ProcessInput>(() => {
  throw new Error('The task machine was started without an implementation of the actor "process": pass one with machine.provide().');
});

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
    children: {} as { process: 'process' },
  },
  actors: { process: unprovidedProcess },
  delays: {
    stopTimeout: ({ context }) => context.definition.stopTimeout,
    killInterval: KILL_INTERVAL_MS,
    restartDelay: ({ context }) => context.restartDelayMs ?? 0,
  },
  guards: {
    hasFault: ({ context }) => context.error !== null,
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
    prepareRun: assign(({ context }, run: RunRequest) => toStartedContext(context, run)),
    prepareQueuedRun: assign(({ context }) => (context.queuedStart === null ? {} : toStartedContext(context, context.queuedStart))),
    queueStart: assign((_, run: RunRequest) => ({ queuedStart: run })),
    // A stop after the process has ended: neither the start queued behind it nor an automatic one happens.
    cancelStarts: assign({ queuedStart: null, isHeld: true, restartDelayMs: null, nextStartAt: null }),
    prepareRestart: assign(({ context }) => toRestartedContext(context)),
    planNext: assign(({ context, event }) => toSettledContext(context, 'at' in event ? event.at : (context.stoppedAt ?? 0))),
    takeDefinition: assign((_, definition: ResolvedTask) => ({ definition, pendingDefinition: null })),
    keepDefinition: assign((_, definition: ResolvedTask) => ({ pendingDefinition: definition })),
    requestStop: assign(({ context }) => ({ stopRequested: context.stopRequested ?? 'stop', queuedStart: null }) as const),
    requestKill: assign({ stopRequested: 'kill', queuedStart: null }),
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
    // A start that was queued behind it would make two processes of one task.
    rememberUnkillable: assign(
      ({ context }, { at }: SurvivalFact) =>
        ({
          queuedStart: null,
          error: { reason: 'lost', message: `Its process ${context.pid} survives SIGKILL: it is stuck in the kernel, or another user's.` },
          stoppedAt: at,
          pid: null,
          outputComplete: false,
        }) as const,
    ),
    rememberOutput: assign((_, outputComplete: boolean) => ({ outputComplete })),
    sendStopSignal: command(({ definition }) => ({ type: 'signal', signal: definition.stopSignal, to: 'group' })),
    sendKillSignal: command(() => ({ type: 'signal', signal: 'SIGKILL', to: 'group' })),
    passSignal: sendTo('process', (_, signal: string): ProcessCommand => ({ type: 'signal', signal, to: 'process' })),
    awaitTree: command(() => ({ type: 'awaitTree' })),
    drainOutput: command(({ definition }) => ({ type: 'drain', idleMs: definition.drainTimeout })),
    sweepTree: command(({ definition }) => ({ type: 'sweep', idleMs: definition.drainTimeout })),
    settleRun: command((context) => ({
      type: 'settle',
      status: toVerdict(context),
      outputComplete: context.outputComplete ?? false,
    })),
  },
}).extend({
  actions: {
    tellSupervisor: enqueueActions(({ enqueue, context }) => {
      if (context.supervisor !== null) enqueue.sendTo(context.supervisor, { type: 'task.settled', name: context.name });
    }),
    // Through the mailbox, not raised: everyone sees how the run ended before the next one begins.
    callQueuedStart: enqueueActions(({ enqueue, context, self }) => {
      if (context.queuedStart !== null) enqueue.sendTo(self, { type: 'start.due' });
    }),
  },
});
