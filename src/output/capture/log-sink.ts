/** What a log is to those who write it: on disk or in memory. Types alone. */

/** One log that takes bytes at its end. Never throws because of the medium. */
export interface LogSink {
  /** Bytes of this log since it began, those that rotation removed included. */
  readonly endBytes: number;
  /** Whether the next byte begins a line. */
  readonly atLineStart: boolean;
  /**
   * Appends `bytes[start, end)`; all of it is stored or counted when the call returns, so the caller may reuse the buffer.
   * @returns how many bytes of the end were dropped because the medium took no more
   */
  append(bytes: Buffer, start: number, end: number): number;
  /** Writes what is owed, the note about dropped bytes, if the medium takes it now. */
  settle(): void;
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
}
