/** How the knowledge of a task machine changes: pure functions from what happened to a part of the context. Nothing here throws. */
import { NO_RESTARTS, nextRunId, planRestart } from './restart-policy.ts';
import { toVerdict } from './task.status.ts';
import type { ProcessInput, RunRequest, TaskContext, TaskInput } from './task.types.ts';

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
  outputComplete: null,
  restarts: 0,
  restartMemory: NO_RESTARTS,
  isHeld: false,
  restartDelayMs: null,
  nextStartAt: null,
} as const satisfies Partial<TaskContext>;

/** The context of a task that has not run. */
export const toInitialContext = (input: TaskInput): TaskContext => ({
  ...NO_RUN,
  name: input.name,
  definition: input.definition,
  pendingDefinition: null,
  supervisor: input.supervisor ?? null,
  runId: null,
  extraArgs: [],
  error: input.fault ?? null,
});

/** The context of a requested start: the facts of the run before are gone, and a pending definition is taken. */
export const toStartedContext = (context: TaskContext, run: RunRequest): Partial<TaskContext> => ({
  ...NO_RUN,
  definition: context.pendingDefinition ?? context.definition,
  pendingDefinition: null,
  runId: run.runId,
  extraArgs: run.extraArgs,
});

/** The context of an automatic start: the facts of the run before are gone, what the policy counts stays. */
export const toRestartedContext = (context: TaskContext): Partial<TaskContext> => ({
  ...toStartedContext(context, { runId: nextRunId(context.runId ?? ''), extraArgs: context.extraArgs }),
  restarts: context.restarts + 1,
  restartMemory: context.restartMemory,
});

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
  const upMs = startedAt === null ? 0 : endedAt - startedAt;
  const plan = planRestart(definition, restartMemory, { isFailure, upMs, at: endedAt, runId: runId ?? '' });
  switch (plan.next) {
    case 'rest':
      return {};
    case 'start':
      return { restartDelayMs: plan.delayMs, nextStartAt: at + plan.delayMs, restartMemory: plan.memory };
    case 'giveUp': {
      const last = verdict.state === 'failed' ? verdict.error : { message: `exit code ${verdict.exitCode}`, exitCode: verdict.exitCode };
      const message = `Gave up after ${plan.failures} failures within ${definition.restartWindow / 1_000} s; the last: ${last.message}`;
      return { error: { ...last, reason: 'gaveUp', message } };
    }
  }
}

/** What a command asks for. */
export const toRunRequest = (command: { readonly runId: string; readonly extraArgs?: readonly string[] }): RunRequest => ({
  runId: command.runId,
  extraArgs: command.extraArgs ?? [],
});

/** The input of the process actor of the present run. Logs rotate at a requested start alone, where the definition says so. */
export const toProcessInput = (context: TaskContext): ProcessInput => ({
  definition: context.definition,
  // A run always has an id: the transition into `running` records it before the actor is created.
  runId: context.runId ?? '',
  rotate: context.definition.rotatePrevious && context.restarts === 0,
  extraArgs: context.extraArgs,
});
