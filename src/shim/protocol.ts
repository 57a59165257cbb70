/**
 * What the control plane and the shim say to each other: newline-delimited JSON over the unix socket, closed unions both
 * ways. The shim speaks first (`ready` or `refused`); an unknown or malformed message is a fault that ends the connection.
 * The only file both processes share; nothing here does I/O.
 */

import type { SurvivingProcess } from '../model/event.ts';
import type { RunEntry } from '../model/run-history.ts';

/** Version of this protocol. A shim and a control plane that differ refuse each other by name. */
export const PROTOCOL_VERSION = 1;

/** How the output of a run is captured. */
export interface OutputPlan {
  /** Folder of the log files; null: kept in memory alone. */
  readonly dir: string | null;
  /** Rotate what is there before the run writes. */
  readonly rotate: boolean;
  readonly maxSizeBytes: number;
  readonly keep: number;
  readonly totalBytes: number;
  /** A file is rotated once its first byte is so old; 0: never. */
  readonly rotateEveryMs: number;
  /** A rotated file is removed once its last byte is so old; 0: never. */
  readonly maxAgeMs: number;
  /** Whether rotated files are compressed. */
  readonly compress: boolean;
  readonly combined: boolean;
}

/**
 * What a probe waits to hear from a run itself: a line of its output, or a newline on a descriptor of its own. Told once
 * an arming; one that is `armed` hears from the first byte on.
 */
export type Watch =
  | { readonly kind: 'log'; readonly id: string; readonly armed: boolean; readonly pattern: string }
  | { readonly kind: 'notify'; readonly id: string; readonly armed: boolean; readonly fd: number };

/** Asks for one process. Answered by `spawned` or `spawnFailed`. */
export interface SpawnMessage {
  readonly type: 'spawn';
  /** Id of the run, chosen by the control plane; never used twice. */
  readonly run: string;
  readonly task: string;
  /** ISO 8601. */
  readonly requestedAt: string;
  /** Automatic restarts before this run, since the last requested start. */
  readonly restarts: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Whether the variables of the last `environment` come first. */
  readonly inherits: boolean;
  /** The variables, or with `inherits` those that are added and win. */
  readonly env: Readonly<Record<string, string>>;
  readonly output: OutputPlan;
  /** The user it runs as, `user` or `user:group`; absent: ours. */
  readonly user?: string;
  /** Its niceness; absent: ours. */
  readonly nice?: number;
  /** Whether its standard input is a pipe that `write` writes to; absent: there is none. */
  readonly stdin?: 'pipe';
  /** What its probes wait for; absent: nothing. */
  readonly watches?: readonly Watch[];
  /** From SIGTERM to SIGKILL once the control plane is gone. */
  readonly orphanTimeoutMs: number;
  /** The definition as it may be shown, kept in `run.json`. */
  readonly definition: unknown;
  /** Present: the run lives on when the control plane is gone, to be adopted by the next one. */
  readonly held?: Held;
}

/** What the control plane that asked for a run knows of it, for one that comes after: its own words, which the shim passes on unread. */
export interface Held {
  /** The definition it runs under, whole. In memory alone: it holds values of the environment. */
  readonly definition: unknown;
  /** What its machine remembers. Kept in `run.json` too. */
  readonly memory: unknown;
}

/** What a shim has for the next control plane: the runs that are held, and the session that their records and those of runs that are over name. */
export interface Inherited {
  readonly session: string;
  readonly runs: readonly HeldRun[];
}

/** What a watch of a run heard, or why it cannot. */
export type SignFact = Extract<FromShim, { readonly watch: string }>;

/** A run that is held for the next control plane. */
export interface HeldRun extends Held {
  readonly run: string;
  /** As it was asked for, with everything it inherited. */
  readonly request: SpawnMessage;
  /** What was told of it so far that still holds: `spawned` and `exited`, or `spawnFailed`, or nothing yet; and what its watches heard last. */
  readonly facts: readonly (Extract<FromShim, { readonly type: 'spawned' | 'exited' | 'spawnFailed' }> | SignFact)[];
}

/**
 * Goes on with a process that an earlier shim started and did not outlive. How it ends is known where that shim told it; otherwise its
 * exit code, which the kernel tells its parent alone, never will be.
 */
export interface TakeMessage {
  readonly type: 'take';
  readonly request: SpawnMessage;
  readonly process: Omit<Extract<FromShim, { readonly type: 'spawned' }>, 'type' | 'run'>;
  readonly exit: Pick<Extract<FromShim, { readonly type: 'exited' }>, 'exitCode' | 'signal' | 'at'> | null;
}

/** What all processes of a run use together. */
export interface RunUsage {
  readonly run: string;
  /** How many live. */
  readonly processes: number;
  /** Never less than what was told before. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** Calls with an answer: `reply` or `error` with the same id. */
export type ShimCall =
  | { readonly method: 'counters'; readonly task: string }
  /** What these runs use. Answered by a {@link RunUsage} for each that has had a process and is not settled. */
  | { readonly method: 'usage'; readonly runs: readonly string[] }
  /** Bytes a run wrote to each log; answered for the present and the last few runs. */
  | { readonly method: 'written'; readonly task: string; readonly run: string }
  | { readonly method: 'memory'; readonly task: string; readonly kind: 'stdout' | 'stderr' | 'combined' }
  /** Rotates the logs of a task that hold anything, each at its next line start; they need not be open. */
  | { readonly method: 'rotate'; readonly task: string; readonly output: OutputPlan }
  /** Begins or ends `grew` notices for a task, which need not have run yet. */
  | { readonly method: 'watch'; readonly task: string; readonly on: boolean }
  /** Runs a command in the folder and environment of a run, as its user, for at most so long. Answered by an {@link ExecReply}. */
  | { readonly method: 'exec'; readonly run: string; readonly args: readonly string[]; readonly timeoutMs: number }
  /** Hands bytes to the standard input of a run; with `end` it is closed behind them. Answered by a {@link WriteReply}. */
  | { readonly method: 'write'; readonly run: string; readonly base64: string; readonly end: boolean }
  /** Answered once every run that was settled or held before it is so, in the files too. */
  | { readonly method: 'recorded' }
  /** Closes the logs of a task that is removed and frees its memory. */
  | { readonly method: 'forget'; readonly task: string };

/** From the control plane. */
export type ToShim =
  | { readonly type: 'hello'; readonly protocol: number; readonly pid: number }
  /** What later runs that inherit inherit: told once, not with each of them. */
  | { readonly type: 'environment'; readonly variables: Readonly<Record<string, string>> }
  | SpawnMessage
  | TakeMessage
  /** Sends a signal to the main process, or to its whole tree. Nothing happens once there is none. */
  | { readonly type: 'signal'; readonly run: string; readonly signal: string; readonly to: 'process' | 'group' }
  /** Tells of the next notice for a watch, by `notified` or `logMatched`, once; or by `watchFailed`. */
  | { readonly type: 'arm'; readonly run: string; readonly watch: string }
  | { readonly type: 'disarm'; readonly run: string; readonly watch: string }
  /** Answered by `memoryExceeded`, once, when all processes of the run together take more. */
  | { readonly type: 'watchMemory'; readonly run: string; readonly limitBytes: number }
  /** Answered by `treeGone` once no process of the run's tree is left. */
  | { readonly type: 'awaitTree'; readonly run: string }
  /** After `exited`: answered by `drained` at the end of both pipes, or by `stalled` once they were empty for `idleMs`. */
  | { readonly type: 'drain'; readonly run: string; readonly idleMs: number }
  /** SIGKILL to what is left of the tree, until it is empty or SIGKILL has proved useless. Answered by `swept`. */
  | { readonly type: 'sweep'; readonly run: string; readonly idleMs: number }
  /** From now on the run lives on when the control plane is gone; or what is known of it has changed. */
  | { readonly type: 'hold'; readonly run: string; readonly held: Held }
  /** The first message after `hello` to a shim that held runs meanwhile: asks for them. Answered by `adopted`. */
  | { readonly type: 'adopt' }
  /** The run is over: records it and forgets it. Output of processes left alive is still captured. `memory`: as in {@link Held}. */
  | { readonly type: 'settle'; readonly run: string; readonly entry: RunEntry; readonly memory?: unknown }
  /** Records a run that is over and that this shim did not have: it never came to be asked for, or an earlier shim died with it. */
  | { readonly type: 'record'; readonly task: string; readonly definition: unknown; readonly entry: RunEntry }
  /** What the machine of a task whose last run is over remembers, for the next control plane. */
  | { readonly type: 'remember'; readonly task: string; readonly run: string; readonly memory: unknown }
  | { readonly type: 'call'; readonly id: number; readonly call: ShimCall }
  /** The planned end: flushes everything and ends. The answer is the end of the connection. */
  | { readonly type: 'leave' };

/** Why a process could not be started. `subject` is what was at fault. */
export interface SpawnFailure {
  /** The system's code (`ENOENT`, `EACCES`, …). */
  readonly code: string;
  readonly subject: 'command' | 'interpreter' | 'cwd' | 'arguments' | 'limits' | 'output' | 'user' | 'nice';
  /** A sentence with the fix. */
  readonly message: string;
}

/** What became of a command. Both codes are null where it could not be run; `error` says why. */
export interface ExecReply {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** The last 4 KiB of what it wrote to both streams. */
  readonly output: string;
  readonly error?: string;
}

/**
 * What became of a write: the pipe has it, or it waits within its bound; the task has no such pipe; the pipe is closed, by
 * the task or by an earlier `end`; the run has no process.
 */
export type WriteReply = 'taken' | 'none' | 'closed' | 'ended';

/** What is in memory of a stream: `base64` bytes, the first of which is byte number `offset` of the stream. */
export interface MemoryReply {
  readonly offset: number;
  readonly base64: string;
}

/** From the shim. */
export type FromShim =
  | { readonly type: 'ready'; readonly protocol: number; readonly pid: number }
  | { readonly type: 'refused'; readonly reason: 'leaving' | 'busy' | 'protocol'; readonly message: string }
  /** The runs that are held; what happens to them from now on is told as to whoever asked for them. */
  | ({ readonly type: 'adopted' } & Inherited)
  /** The process runs since epoch milliseconds `at`. `pipes`: the names of the FIFOs of its output. */
  | {
      readonly type: 'spawned';
      readonly run: string;
      readonly pid: number;
      readonly startTime: string;
      readonly at: number;
      readonly pipes: readonly string[];
    }
  | { readonly type: 'spawnFailed'; readonly run: string; readonly failure: SpawnFailure }
  /** The main process ended, at epoch milliseconds `at`. `survivors`: its tree is not empty. */
  | {
      readonly type: 'exited';
      readonly run: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly survivors: boolean;
      readonly at: number;
    }
  /** A watch of a descriptor heard a notice. */
  | { readonly type: 'notified'; readonly run: string; readonly watch: string }
  /** A line of the output matched. */
  | { readonly type: 'logMatched'; readonly run: string; readonly watch: string }
  /** A watch that can never hear anything: its pattern cannot be used. */
  | { readonly type: 'watchFailed'; readonly run: string; readonly watch: string; readonly message: string }
  | { readonly type: 'memoryExceeded'; readonly run: string; readonly bytes: number }
  | { readonly type: 'treeGone'; readonly run: string }
  /** These were sent SIGKILL again and again and live on. Told once a run, instead of `treeGone` or before `swept`. */
  | { readonly type: 'treeSurvives'; readonly run: string; readonly processes: readonly SurvivingProcess[] }
  /** `isComplete`: no byte that came before can have been lost on the way. */
  | { readonly type: 'drained' | 'stalled'; readonly run: string; readonly isComplete: boolean }
  | { readonly type: 'swept'; readonly run: string; readonly outputComplete: boolean }
  /** A watched log grew; `end` counts the bytes of the stream since its log began. Coalesced. */
  | { readonly type: 'grew'; readonly task: string; readonly kind: 'stdout' | 'stderr' | 'combined'; readonly end: number }
  | { readonly type: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly message: string }
  /** The log worker died and left nothing: at most so many bytes of this log were read and are in no file. */
  | { readonly type: 'logGap'; readonly task: string; readonly stream: 'stdout' | 'stderr' | 'combined'; readonly maxBytes: number }
  /** Something went wrong that no message waits for. */
  | { readonly type: 'warning'; readonly message: string }
  /** What arrived was no message of this protocol; the connection ends. */
  | { readonly type: 'fault'; readonly message: string };
