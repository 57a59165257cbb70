/** How the knowledge of a task machine changes: pure functions from what happened to a part of the context. Nothing here throws. */
import type { ResolvedTask } from '../src/model/definition.ts';
import type { TaskFailure } from '../src/model/status.ts';
import { NO_RESTARTS, nextRunId, planRestart, type RestartMemory } from './restart-policy.ts';
import type { MemoryFact, ProbeFailedFact, ProbeKind } from './task.events.ts';
import { toVerdict } from './task.status.ts';
import type { ProcessInput, RunRequest, TaskContext, TaskInput, TaskMemory, TaskResume } from './task.types.ts';

/** What is forgotten of the previous run when another one begins. */
const NO_RUN = {
  queuedStart: null,
  pid: null,
  startTime: null,
  startedAt: null,
  stoppedAt: null,
  exit: null,
  survivors: false,
  unkillable: [],
  error: null,
  stopRequested: null,
  stopCause: null,
  passing: { ready: false, alive: false },
  wasReady: false,
  outputComplete: null,
  restarts: 0,
  restartMemory: NO_RESTARTS,
  isHeld: false,
  restartDelayMs: null,
  nextStartAt: null,
  isResumed: false,
  elapsedMs: 0,
} as const satisfies Partial<TaskContext>;

/** The context of a task whose machine begins: one that has not run, or goes on where another machine was. */
export function toInitialContext(input: TaskInput): TaskContext {
  const fresh = toFreshContext(input);
  return input.resume === undefined ? fresh : { ...fresh, ...toResumedContext(fresh, input.resume) };
}

const toFreshContext = (input: TaskInput): TaskContext => ({
  ...NO_RUN,
  name: input.name,
  definition: input.definition,
  pendingDefinition: null,
  supervisor: input.supervisor ?? null,
  runId: null,
  extraArgs: [],
  error: input.fault ?? null,
  scheduledAt: null,
  watched: [],
  isRetired: false,
});

function toResumedContext(
  fresh: TaskContext,
  { memory, end, definition, runId, elapsedMs, restartDelayMs }: TaskResume,
): Partial<TaskContext> {
  const pendingDefinition = definition === fresh.definition ? null : fresh.definition;
  const run = { ...memory, runId, definition, pendingDefinition, isResumed: true, elapsedMs, restartDelayMs };
  if (end === undefined) return { ...run, nextStartAt: null };
  const { isUnjudged, ...ended } = end;
  const context = { ...fresh, ...run, ...ended };
  return isUnjudged ? { ...context, ...toSettledContext(context, end.stoppedAt ?? 0) } : context;
}

/** What a machine of a later runner is to know. */
export function toTaskMemory(context: TaskContext): TaskMemory {
  const { extraArgs, queuedStart, error, stopRequested, stopCause, passing, wasReady } = context;
  const { restarts, restartMemory, isHeld, restartDelayMs, nextStartAt } = context;
  const run = { extraArgs, queuedStart, error, stopRequested, stopCause, passing, wasReady };
  return { ...run, restarts, restartMemory, isHeld, restartDelayMs, nextStartAt };
}

/** The context of a task that gave up and begins anew with its group. */
export const toRetryContext = ({ definition: { restartMaxDelay }, stoppedAt }: TaskContext): Partial<TaskContext> => ({
  restartDelayMs: restartMaxDelay,
  nextStartAt: (stoppedAt ?? 0) + restartMaxDelay,
});

/** The definition of the next start. */
export const nextDefinition = ({ pendingDefinition, definition }: TaskContext): ResolvedTask => pendingDefinition ?? definition;

/**
 * The context of a start: the facts of the run before are gone, and a pending definition is taken. What a group starts again was
 * not asked for: it counts as a restart, and what the policy counts stays, but for a task that gave up.
 */
export const toStartedContext = (context: TaskContext, { runId, extraArgs, isAutomatic }: RunRequest): Partial<TaskContext> => ({
  ...NO_RUN,
  definition: nextDefinition(context),
  pendingDefinition: null,
  runId,
  extraArgs,
  ...(isAutomatic ? { restarts: context.restarts + 1, restartMemory: memoryOf(context) } : {}),
});

const memoryOf = ({ error, restartMemory }: TaskContext): RestartMemory => (error?.reason === 'gaveUp' ? NO_RESTARTS : restartMemory);

/** The context of a restart by the task's own policy. */
export const toRestartedContext = (context: TaskContext): Partial<TaskContext> =>
  toStartedContext(context, { runId: nextRunId(context.runId ?? ''), extraArgs: context.extraArgs, isAutomatic: true });

/**
 * Decides what follows a run that is over, at epoch milliseconds `at`. Nothing does when it was stopped, when another start is
 * queued, or when the machine itself was at fault.
 */
export function toSettledContext(context: TaskContext, at: number): Partial<TaskContext> {
  const verdict = toVerdict(context);
  const { definition, queuedStart, isHeld, stopRequested, restartMemory, startedAt, runId } = context;
  if (verdict.state === 'stopped' || stopRequested !== null || isHeld || queuedStart !== null) return {};
  const isFailure = verdict.state === 'failed' || !definition.successExitCodes.includes(verdict.exitCode);
  const endedAt = context.stoppedAt ?? at;
  const upMs = startedAt === null ? 0 : Math.max(0, endedAt - startedAt); // a clock may be set back
  const plan = planRestart(definition, restartMemory, { isFailure, upMs, at: endedAt, runId: runId ?? '' });
  switch (plan.next) {
    case 'rest':
      return {};
    case 'start':
      return { restartDelayMs: plan.delayMs, nextStartAt: at + plan.delayMs, restartMemory: plan.memory };
    case 'giveUp': {
      const last = verdict.state === 'failed' ? verdict.error : { message: `exit code ${verdict.exitCode}`, exitCode: verdict.exitCode };
      const message = `Gave up after ${plan.failures} ${plan.failures === 1 ? 'failure' : 'failures'} within ${definition.restartWindow / 1_000} s; the last: ${last.message}`;
      return { error: { ...last, reason: 'gaveUp', message } };
    }
  }
}

interface Asked {
  readonly runId: string;
  readonly extraArgs?: readonly string[];
  readonly isAutomatic?: boolean;
}

/** The context of a run whose main process lives on, whatever SIGKILL says: a start of the task's own would make a second one beside it. */
export const toUnkillableContext = ({ pid }: TaskContext, at: number): Partial<TaskContext> => ({
  error: { reason: 'lost', message: `Its process ${pid} survives SIGKILL: it is stuck in the kernel, or another user's.` },
  stoppedAt: at,
  pid: null,
  outputComplete: false,
  queuedStart: null,
  isHeld: true,
});

/** What a command asks for. */
export const toRunRequest = ({ runId, extraArgs = [], isAutomatic = false }: Asked): RunRequest => ({ runId, extraArgs, isAutomatic });

/** Whether a probe waits for a sign that a resumed run gave before, and may never give again. */
export const wasHeardBefore = ({ isResumed, passing, definition: { ready } }: TaskContext, kind: ProbeKind): boolean =>
  isResumed && kind === 'ready' && passing.ready && (ready?.log !== undefined || ready?.notifyFd !== undefined);

/** Whether every probe the task has passes now. */
export const isReady = ({ definition, passing }: TaskContext): boolean =>
  (definition.ready === undefined || passing.ready) && (definition.alive === undefined || passing.alive);

/** The error of a run that was not ready in time, with what its probe saw last. */
export const toStartTimeout = ({ definition: { startTimeout } }: TaskContext, seen: string | null): TaskFailure => ({
  reason: 'timeout',
  message: `It was not ready within its start_timeout of ${startTimeout / 1_000} s${seen === null ? '' : `; its probe saw last: ${seen}`}`,
});

/** The error of a run that took longer than it may. */
export const toRunTimeout = ({ definition: { runTimeout = 0 } }: TaskContext): TaskFailure => ({
  reason: 'timeout',
  message: `It ran longer than its run_timeout of ${runTimeout / 1_000} s, and was stopped.`,
});

/** The error of a run that no longer does what it is for. */
export const toProbeFailure = ({ message, failures }: ProbeFailedFact): TaskFailure => ({
  reason: 'probe',
  message: `Its probe "alive" failed ${failures} ${failures === 1 ? 'time' : 'times in a row'}: ${message}`,
});

const toMiB = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

/** The error of a run that took more memory than it may. */
export const toMemoryFailure = ({ definition: { maxMemory = 0 } }: TaskContext, { bytes }: MemoryFact): TaskFailure => ({
  reason: 'memory',
  message: `Its processes took ${toMiB(bytes)} MiB together, more than its max_memory of ${toMiB(maxMemory)} MiB, and were stopped.`,
});

/** The input of the process actor of the present run. Logs rotate at a requested start alone, where the definition says so. */
export const toProcessInput = (context: TaskContext): ProcessInput => ({
  definition: context.definition,
  // A run always has an id: the transition into `running` records it before the actor is created.
  runId: context.runId ?? '',
  rotate: context.definition.rotatePrevious && context.restarts === 0,
  extraArgs: context.extraArgs,
  restarts: context.restarts,
  memory: toTaskMemory(context),
  isResumed: context.isResumed,
});
