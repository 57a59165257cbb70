/** What a log is to those who write it: on disk or in memory. Types alone. */
import type { LogKind } from '../layout.ts';
import type { WriteAccount, WritePressure } from './write-pressure.ts';

/** Bytes each log of a task had, since it began. */
export type EndBytes = Partial<Record<LogKind, number>>;

/** One log that takes bytes at its end. Never throws because of the medium. */
export interface LogSink {
  /** Bytes of this log since it began, those that rotation removed included. */
  readonly endBytes: number;
  /** Whether the next byte begins a line. */
  readonly atLineStart: boolean;
  /** What holds its writers back while its medium fails; null: the medium never does. */
  readonly pressure: WritePressure | null;
  /**
   * Appends `bytes[start, end)`; when the call returns the caller may reuse the buffer.
   * @param account told what becomes of bytes that the medium did not take at once
   * @returns how many those are: they wait, or were dropped
   */
  append(bytes: Buffer, start: number, end: number, account?: WriteAccount): number;
  /** Gets ready for bytes to come: writes the note about dropped ones that is owed, if the medium takes it now. @returns whether it is free to take bytes */
  settle(): boolean;
  /** A copy of what it was given and has neither stored nor dropped. */
  unwritten(): Uint8Array;
  /** Says in the log that up to so many bytes may be missing here. */
  noteGap(maxBytes: number, reason: string): void;
  /** Goes on in an empty log; what was written before is kept as far as the medium keeps any. @throws the system's error */
  startOver(): void;
  /** Gives back what the log holds open. */
  close(): void;
}

/** Limits of a task's logs on disk; changed in place when a later run brings others. */
export interface LogLimits {
  /** No file of a log passes this. */
  maxSizeBytes: number;
  /** Rotated files beside the current one. */
  keep: number;
  /** All files of all logs of the task. */
  totalBytes: number;
  /** A file is rotated once its first byte is so old; 0: never. */
  rotateEveryMs: number;
  /** A rotated file is removed once its last byte is so old; 0: never. */
  maxAgeMs: number;
  /** Whether rotated files are compressed. */
  compress: boolean;
}
