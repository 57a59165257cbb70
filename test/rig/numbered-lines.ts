/**
 * Numbered lines of 64 bytes, as the tasks `numbered` write them: looks whether a log has each exactly once and in order, and counts what is
 * wrong where it has not. Reads piece by piece, so a log may be larger than memory; repairs nothing.
 */
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { logName, rotatedIndexes, type LogKind } from '../../src/output/layout.ts';

/** Bytes of a line, its end included. */
export const LINE_BYTES = 64;
/** A whole line without its end: the digits of its number, and what fills it up. */
export const LINE_SHAPE = /^(\d{16}) x{46}$/;
const DIGITS = 16;
const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** What a log has. */
export interface LineReport {
  /** Lines that are as they should be, where they should be. */
  readonly lines: number;
  /** Lines that were written and are not there. */
  readonly missing: number;
  /** Whole lines that were there before, or come too late. */
  readonly repeated: number;
  /** Lines that the writer never wrote: cut off, joined or damaged. */
  readonly torn: number;
}

/** The line with number 0. */
export const firstLine = (): Buffer => Buffer.from(`${'0'.repeat(DIGITS)} ${'x'.repeat(LINE_BYTES - DIGITS - 2)}\n`);

/** Makes the next line of `line`, in place. */
export function countUp(line: Buffer): void {
  for (let at = DIGITS - 1; ; at -= 1) {
    const digit = (line[at] ?? 0) + 1;
    line[at] = digit > 0x39 ? 0x30 : digit;
    if (digit <= 0x39) return;
  }
}

/** Who is given the lines of a log. */
export interface LineReader {
  /** Whether the line at `at` is the one that comes next, which is taken then. */
  takes(bytes: Buffer, at: number): boolean;
  /** A line that is not. */
  judge(line: string): void;
}

/** Cuts pieces of a log into its lines, wherever they begin and end. */
export class LineCutter {
  #rest = Buffer.alloc(0);

  /** Gives the lines that end in what there is now. */
  push(piece: Buffer, reader: LineReader): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    for (;;) {
      if (reader.takes(bytes, at)) {
        at += LINE_BYTES;
        continue;
      }
      const end = bytes.indexOf(NEWLINE, at);
      if (end === -1) break;
      reader.judge(bytes.toString('latin1', at, end));
      at = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** What came since the end of the last line. */
  get rest(): string {
    return this.#rest.toString('latin1');
  }
}

/** Whether a whole line of `line` stands at `at`. */
export const isAt = (bytes: Buffer, at: number, line: Buffer): boolean =>
  bytes.compare(line, 0, LINE_BYTES, at, Math.min(at + LINE_BYTES, bytes.length)) === 0;

/** Looks at the log of one writer, in pieces. */
export class LineVerifier implements LineReader {
  #expected = firstLine();
  readonly #cutter = new LineCutter();
  readonly #found = { lines: 0, missing: 0, repeated: 0, torn: 0 };

  /** Takes the next bytes. */
  push(piece: Buffer): void {
    this.#cutter.push(piece, this);
  }

  /** What there was, where the writer wrote `written` lines. */
  end(written: number): LineReport {
    const { lines, missing, repeated, torn } = this.#found;
    const rest = this.#cutter.rest === '' ? 0 : 1;
    return { lines, missing: missing + Math.max(0, written - this.#next), repeated, torn: torn + rest };
  }

  get #next(): number {
    return Number(this.#expected.toString('latin1', 0, DIGITS));
  }

  takes(bytes: Buffer, at: number): boolean {
    if (!isAt(bytes, at, this.#expected)) return false;
    this.#found.lines += 1;
    countUp(this.#expected);
    return true;
  }

  judge(line: string): void {
    const digits = LINE_SHAPE.exec(line)?.[1];
    if (digits === undefined) this.#found.torn += 1;
    else if (Number(digits) < this.#next) this.#found.repeated += 1;
    else {
      this.#found.missing += Number(digits) - this.#next;
      this.#found.lines += 1;
      this.#expected = Buffer.from(`${line}\n`);
      countUp(this.#expected);
    }
  }
}

/** Who looks at a log, piece by piece. */
export interface Verifier<Report> {
  push(piece: Buffer): void;
  end(written: number): Report;
}

/** Looks at a file, or at several as if they were one. */
export function verifyFiles<Report>(paths: readonly string[], written: number, verifier: Verifier<Report>): Report {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (const path of paths) {
    const fd = openSync(path, 'r');
    try {
      for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) verifier.push(piece.subarray(0, count));
    } finally {
      closeSync(fd);
    }
  }
  return verifier.end(written);
}

/** The files of a log in the folder of a task, oldest first. */
export const logPaths = (taskDir: string, kind: LogKind): string[] =>
  [...rotatedIndexes(readdirSync(taskDir), kind).reverse(), 0].map((index) => join(taskDir, logName(kind, index)));

/** How many whole lines a writer has written so far, by its own file. */
export function writtenLines(countFile: string): number {
  return Math.floor(Number(readFileSync(countFile).readBigUInt64LE()) / LINE_BYTES);
}
