/**
 * Numbered lines in a log with seams: notes of the product that up to one read of output may be missing where they stand. Tells to the byte what is
 * missing, and whether all of it is at seams and within their bound. Reads piece by piece; repairs nothing.
 */
import { readFileSync } from 'node:fs';
import { MAX_PIECE_BYTES } from '../../src/output/capture/largest-piece.ts';
import { LINE_BYTES, LINE_SHAPE, LineCutter, countUp, firstLine, isAt, type LineReader, type LineReport } from './numbered-lines.ts';

const WORDS = ' bytes of output may be missing here: ';
const SEAM = new RegExp(`^\\[dirigent\\] up to ${MAX_PIECE_BYTES}${WORDS}`);

/** What a log with seams has. */
export interface SeamReport extends LineReport {
  readonly seams: number;
  /** Bytes that were written and are not there. */
  readonly lostBytes: number;
  /** Places where something is missing, torn or there twice, and not at a seam; or more is missing than one read a seam. */
  readonly unmarked: number;
}

/** Since the last whole line: how many seams there are, and what is left of lines on both sides of them. */
interface Place {
  readonly seams: number;
  /** Lines that are torn before the first seam, between two, or after the last. */
  readonly torn: readonly string[];
  /** Of these, how many came before the first seam. */
  readonly before: number;
}

const NOWHERE: Place = { seams: 0, torn: [], before: 0 };

/** Looks at the log of one writer, in pieces. */
export class SeamVerifier implements LineReader {
  #next = firstLine();
  readonly #cutter = new LineCutter();
  #place = NOWHERE;
  readonly #found = { lines: 0, missing: 0, repeated: 0, torn: 0, seams: 0, lostBytes: 0, unmarked: 0 };

  /** Takes the next bytes. */
  push(piece: Buffer): void {
    this.#cutter.push(piece, this);
  }

  /** What there was, where the writer wrote `written` lines. */
  end(written: number): SeamReport {
    if (this.#cutter.rest !== '') this.judge(this.#cutter.rest);
    this.#close(written);
    return { ...this.#found };
  }

  get #number(): number {
    return Number(this.#next.toString('latin1', 0, 16));
  }

  takes(bytes: Buffer, at: number): boolean {
    if (this.#place !== NOWHERE || !isAt(bytes, at, this.#next)) return false;
    this.#found.lines += 1;
    countUp(this.#next);
    return true;
  }

  /** One that is not the expected one, or comes after something that is not. */
  judge(line: string): void {
    const digits = LINE_SHAPE.exec(line)?.[1];
    const place = this.#place;
    if (SEAM.test(line)) {
      this.#found.seams += 1;
      const before = place.seams === 0 ? place.torn.length : place.before;
      this.#place = { ...place, seams: place.seams + 1, before };
    } else if (digits === undefined) {
      this.#found.torn += 1;
      this.#place = { ...place, torn: [...place.torn, line] };
    } else if (Number(digits) < this.#number) {
      this.#found.repeated += 1;
      this.#found.unmarked += 1;
    } else {
      this.#close(Number(digits));
      this.#found.lines += 1;
      countUp(this.#next);
    }
  }

  /** Line `number` comes next, or is the first that was never written: settles what is between it and the last whole one. */
  #close(number: number): void {
    const { seams, torn, before } = this.#place;
    const lineBytes = (number - this.#number) * LINE_BYTES;
    const [head, tail] = [torn.slice(0, before).join('\n'), torn.slice(before)];
    const tailBytes = tail.reduce((sum, line) => sum + line.length + 1, 0);
    const lost = lineBytes - head.length - tailBytes;
    // A line that is cut right before its end gets that from the seam, and has it a second time after it.
    const fits = lost <= seams * MAX_PIECE_BYTES && lost >= -1 && before <= 1 && tail.length <= seams && torn.every(isPart);
    if (seams === 0 ? lineBytes !== 0 || torn.length > 0 : !fits) this.#found.unmarked += 1;
    this.#found.missing += Math.max(0, number - this.#number);
    this.#found.lostBytes += Math.max(0, lost);
    this.#next = Buffer.from(`${String(number).padStart(16, '0')} ${'x'.repeat(46)}\n`);
    this.#place = NOWHERE;
  }
}

/** Whether it can be a part of a line. */
const isPart = (text: string): boolean => text.length < LINE_BYTES && /^\d{0,16} ?x{0,46}$/.test(text);

/** How many seams there are in these files, whoever wrote the rest. */
export const countSeams = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + readFileSync(path, 'latin1').split(WORDS).length - 1, 0);
