/** How the knowledge of a task machine changes: pure functions from what happened to a part of the context. Nothing here throws. */
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
  error: null,
  stopRequested: null,
  outputComplete: null,
  restarts: 0,
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

/** What a command asks for. */
export const toRunRequest = (command: { readonly runId: string; readonly extraArgs?: readonly string[] }): RunRequest => ({
  runId: command.runId,
  extraArgs: command.extraArgs ?? [],
});

/** The input of the process actor of the present run. Logs rotate at a requested start, where the definition says so. */
export const toProcessInput = (context: TaskContext): ProcessInput => ({
  definition: context.definition,
  // A run always has an id: the transition into `running` records it before the actor is created.
  runId: context.runId ?? '',
  rotate: context.definition.rotatePrevious,
  extraArgs: context.extraArgs,
});
