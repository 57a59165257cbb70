/** The calls the shim's main thread makes into the log worker (over comlink). Types alone. */
import type { LogKind } from '../layout.ts';
import type { Handover } from './handover.ts';
import type { LineWatch } from './line-watch.ts';
import type { EndBytes } from './log-sink.ts';
import type { OutputPlan } from '../../shim/protocol.ts';

/** What may be missing from logs since another worker, which could tell nobody, ended. */
export interface LogGap {
  /** At most so many bytes of each log; of one that is not named, none. */
  readonly maxBytes: Partial<Record<LogKind, number>>;
  readonly reason: string;
}

/** One run to capture. The descriptors are the read ends of its FIFOs, non-blocking; the worker closes them at their end. */
export interface AttachRequest extends OutputPlan {
  readonly task: string;
  readonly run: string;
  readonly stdoutFd: number;
  readonly stderrFd: number;
  /** Nothing is created or read before `begin`: a fork is faster while this thread rests. */
  readonly held?: boolean;
  /** The memory of its task's {@link TaskLedger}, the same with every run; absent: numbers of the worker's own. */
  readonly ledger?: SharedArrayBuffer;
  /** Lines to look for; absent: none. */
  readonly watches?: readonly LineWatch[];
  /** Where its logs were when it began, for a run that another worker read before. */
  readonly began?: EndBytes;
  /** What may be missing of it. */
  readonly gap?: LogGap;
}

/** Bytes of one stream since the worker began: `read === written + dropped + pending` at any moment. */
export interface Counters {
  readonly read: number;
  readonly written: number;
  readonly dropped: number;
  readonly pending: number;
}

/** What the worker tells without being asked. */
export interface CaptureNotices {
  /** A watched log grew; `end` counts the bytes of the log since it began. Coalesced to one notice a log and turn. */
  grew(task: string, kind: LogKind, end: number): void;
  /** A line of the run matched a watch, which is disarmed by that. */
  matched(run: string, watch: string): void;
  /** A watch can never match: its pattern cannot be used. */
  watchFailed(run: string, watch: string, message: string): void;
  /** Something went wrong that no call waits for. */
  warning(message: string): void;
  /** Both pipes of the run are at their end, however that came: its descriptors are closed. */
  ended(run: string): void;
}

/** The log worker. A call that cannot be served rejects with an Error whose `code` is the system's. */
export interface CaptureApi {
  /** Before all else where there was another worker: the numbers it counted, and what it left, if it could. */
  takeOver(ledgers: readonly (readonly [task: string, shared: SharedArrayBuffer])[], handover: Handover | null): void;
  /**
   * Opens (and with `rotate` first rotates) the task's logs and begins to read. Rejects when a path is unsafe or unusable; the descriptors
   * are the caller's then.
   * @returns where the logs were when the run began
   */
  attach(request: AttachRequest): EndBytes;
  /** Creates the logs that are missing and begins to read a run that was attached `held`. Nothing happens to any other. */
  begin(run: string): void;
  /** Resolves `drained` when both pipes are at their end, or `stalled` once they were empty for `idleMs` without a break. */
  drain(run: string, idleMs: number): Promise<'drained' | 'stalled'>;
  /** Counters of both streams of a task. */
  counters(task: string): { readonly stdout: Counters; readonly stderr: Counters };
  /** Bytes by which each log of a task grew while one of its last runs was read; none of a run that is not remembered. */
  written(task: string, run: string): Partial<Record<LogKind, number>>;
  /** The last bytes of a log that is kept in memory; `offset` is the position of the first one in the log. */
  memory(task: string, kind: LogKind): { readonly offset: number; readonly bytes: Uint8Array };
  /** Rotates the task's logs that hold anything, each as soon as no line of it is open; those in `plan.dir` where none is open. */
  rotate(task: string, plan: OutputPlan): void;
  /** Looks for a watch of a run until it matches. Nothing happens when the run is not read any more. */
  arm(run: string, watch: string): void | Promise<void>;
  /** Looks for it no more. */
  disarm(run: string, watch: string): void;
  /** Begins or ends `grew` notices for a task. */
  watch(task: string, on: boolean): void;
  /** Closes the task's logs and frees its memory. Runs of it that are still attached are read no more. */
  forget(task: string): void;
  /** Reads what the pipes hold now, stops reading, writes out what is pending, closes every file. */
  close(): Promise<void>;
}
