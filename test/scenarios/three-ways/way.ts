/** What can be done with tasks whatever the way there, and how it is told. The ways themselves are in files of their own. */
import { constants } from 'node:os';
import type { TestContext } from 'node:test';
import type {
  OutputKind,
  RunnerEvent,
  TaskCondition,
  TaskDefinition,
  TaskInfo,
  TaskPatch,
  TaskStatus,
  WhyReason,
} from '../../../src/index.ts';

/** A task as JSON tells it. */
export type Shown = Readonly<
  Pick<TaskInfo, 'definition' | 'runId' | 'restarts' | 'pendingChange'> & { readonly status: TaskStatus; readonly startedAt: string | null }
>;

/** How a run to the end ended: with an exit code, 128+n after signal n, and what it wrote to stdout. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
}

/** Lines as they come. */
export interface Lines {
  /** The next `count` ones, each as `stream text`. */
  take(count: number): Promise<string[]>;
  end(): Promise<void>;
}

/** One way to a runner, in use. What is refused rejects with a {@link Refusal}. */
export interface Hands {
  readonly dataDir: string;
  define(name: string, definition: Omit<TaskDefinition, 'name'>): Promise<Shown>;
  list(): Promise<readonly Shown[]>;
  look(name: string): Promise<Shown>;
  start(name: string): Promise<Shown>;
  stop(name: string): Promise<Shown>;
  restart(name: string): Promise<Shown>;
  signal(name: string, signal: NodeJS.Signals): Promise<void>;
  /** The last lines of a log. */
  output(name: string, kind: OutputKind, lines: number): Promise<string>;
  /** All lines, from the first on. */
  follow(name: string): Lines;
  /** The lines that match, in their order. */
  search(name: string, pattern: string): Promise<string[]>;
  run(name: string, args: readonly string[]): Promise<Ended>;
  wait(name: string, condition: TaskCondition, timeoutMs?: number): Promise<Shown>;
  update(name: string, patch: TaskPatch): Promise<Shown>;
  remove(name: string, options?: { readonly purge: boolean }): Promise<void>;
  why(name: string): Promise<{ readonly text: string; readonly reasons: readonly Pick<WhyReason, 'task' | 'message'>[] }>;
  /** What happened to a task so far. */
  events(name: string): Promise<readonly RunnerEvent[]>;
}

/** A way. */
export interface Way {
  readonly title: string;
  /** Opens a runner with a data directory of its own; it is closed after the test. */
  open(t: TestContext): Promise<Hands>;
}

/** What was asked for was not done: with the exit code of the command line, which every error has. */
export class Refusal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** What a shell tells of an end. */
export const toExitCode = (exitCode: number | null, signal: string | null): number =>
  exitCode ?? 128 + constants.signals[(signal ?? 'SIGKILL') as NodeJS.Signals];
