/**
 * What a log worker that ends on a fault of ours leaves to the next one: all that it knew and no file tells. The counters are not in it:
 * they are in memory that both share ({@link TaskLedger}). Types alone.
 */
import type { LogKind } from '../layout.ts';
import type { EndBytes } from './log-sink.ts';

/** One stream of a run that was read. */
export interface StreamHandover {
  /** What waits for another stream's line to end. */
  readonly held: Uint8Array | null;
  /** Bytes of the line it is in. */
  readonly lineBytes: number;
  /** Whether its line is open at the end of the combined log. */
  readonly ownsLine: boolean;
  /** What the combined log has not seen of the piece in hand. */
  readonly unseen: Uint8Array;
  /** What was not looked at for lines. */
  readonly unwatched: Uint8Array;
  /** The line that is looked for and not at its end. */
  readonly line: OpenLineHandover | null;
}

/** The beginning of a line. */
export interface OpenLineHandover {
  readonly bytes: Uint8Array;
  readonly isPassed: boolean;
}

/** A run that was read. */
export interface RunHandover {
  readonly run: string;
  readonly stdout: StreamHandover;
  readonly stderr: StreamHandover;
}

/** The logs of a task in one folder. */
export interface LogsHandover {
  readonly dir: string;
  /** How far they had got. */
  readonly ends: EndBytes;
  /** What was taken and is not in the files. */
  readonly rests: Partial<Record<LogKind, Uint8Array>>;
  /** Bytes that were dropped, and that a log has no note of yet. */
  readonly debts: Partial<Record<LogKind, { readonly bytes: number; readonly reason: string }>>;
}

/** A task. */
export interface TaskHandover {
  readonly task: string;
  readonly logs: readonly LogsHandover[];
  /** What each of the last runs wrote. */
  readonly ended: readonly (readonly [run: string, written: EndBytes])[];
  /** What is kept in memory; null: nothing ever was. */
  readonly memory: Readonly<Record<LogKind, Uint8Array>> | null;
  readonly runs: readonly RunHandover[];
}

/** Everything a log worker leaves. */
export interface Handover {
  readonly tasks: readonly TaskHandover[];
}
