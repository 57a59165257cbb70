/**
 * The index of one log: when which of its bytes came, of which run, and what is missing. `{kind}.idx` is text, a line an
 * entry: an anchor is a JSON object with absolute values, a line `<ms> <bytes>` counts from the entry before it. Only ever
 * appended to, but for {@link LogIndex.trim}. An index that cannot be written costs times, never output: no error of it
 * leaves this file, and the first entry that the disk takes again is an anchor.
 */
import { closeSync, constants, fstatSync, lstatSync, readSync, writeSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { indexName, logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { Clock } from './clock.ts';
import { NEWLINE, isAtLineStart } from './line-ends.ts';

/** Two marks are no closer than this. */
export const MARK_INTERVAL_MS = 100;
/** After so many bytes of lines that count from others comes an anchor: the end of an index is understood from its last bytes. */
const ANCHOR_EVERY_BYTES = 4096;
/** An anchor is shorter: a run id, a boot id and a reason have bounds. */
const LONGEST_ANCHOR_BYTES = 1024;
/** A wall clock that moved further than this against the monotonic one was set. */
const CLOCK_JUMP_MS = 50;
/** Losses that wait to be noted; a disk that takes the log's own notes takes these as well, so there are hardly ever two. */
const MAX_OWED = 16;
/** An index is shortened once it is longer, and more than half of it tells of bytes that are gone. */
const TRIM_BYTES = 64 * 1024;

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR } = constants;

/** What else an anchor may tell. */
interface Facts {
  /** Bytes that were read from the task and never written; no offset counts them. */
  readonly dropped?: number;
  readonly reason?: string;
  /** Bytes before this offset that others took from the files. */
  readonly lost?: number;
}

/** An anchor. Offsets count the bytes of the log since it began. */
interface Anchor extends Facts {
  /** Wall clock, Unix milliseconds. */
  readonly at: number;
  /** Monotonic milliseconds of this boot. */
  readonly mono: number;
  readonly boot: string | null;
  readonly offset: number;
  /** Offset of the first byte of the current file. */
  readonly file: number;
  /** The current file's inode. */
  readonly ino: number;
  /** Whose bytes follow. */
  readonly run: string | null;
}

/** Where an index got to. */
interface LastMark {
  readonly offset: number;
  readonly file: number;
  readonly ino: number;
}

/** The last entry that was written. */
interface Entry {
  readonly mono: number;
  readonly offset: number;
  /** How far the wall clock was ahead of the monotonic one at the last anchor. */
  readonly wallLead: number;
}

/** Where an index is, and what it reads the time from. */
export interface LogIndexOptions {
  readonly dir: OwnedDir;
  readonly kind: LogKind;
  readonly clock: Clock;
}

/** The index of one log. It holds no descriptor: a task at rest costs none, and a full table of them cannot cost it its log. */
export class LogIndex {
  readonly #options: LogIndexOptions;
  readonly #name: string;
  #file = { offset: 0, ino: 0 };
  #run: string | null = null;
  /** Null: what comes next is an anchor. */
  #last: Entry | null = null;
  #nextMs = -Infinity;
  #sinceAnchorBytes = 0;
  #mayBeTorn = true;
  /** Lines about missing bytes that could not be written yet. */
  readonly #owed: string[] = [];

  constructor(options: LogIndexOptions) {
    this.#options = options;
    this.#name = indexName(options.kind);
  }

  /**
   * The offset that the end of a log has of which only the files are known, and what an earlier writer noted. Bytes that are
   * missing since are noted as lost.
   * @param current the log's current file, undefined where there is none
   * @param filesBytes bytes in all files of the log: its length where nothing was noted
   * @throws the system's error
   */
  recover(current: { readonly ino: number; readonly size: number } | undefined, filesBytes: number): number {
    const last = this.#readLast();
    if (last === undefined) return filesBytes;
    const size = current?.size ?? 0;
    const began = current?.ino === last.ino ? last.file : this.#endOfPrevious(last);
    const end = Math.max(last.offset, began + size);
    const lost = end - size - began;
    this.fileBegins(end - size, current?.ino ?? 0);
    if (lost > 0) this.lost(end, lost);
    return end;
  }

  /** Whose bytes come from now on. */
  runBegins(run: string): void {
    this.#run = run;
    this.#last = null;
  }

  /** A file begins at `offset`, or did and is gone on with. */
  fileBegins(offset: number, ino: number): void {
    this.#file = { offset, ino };
    this.#last = null;
  }

  /** Notes the time of bytes that are about to be written at `offset`, unless that of the last entry still holds. */
  mark(offset: number, nowMs: number): void {
    if (this.#last === null || nowMs >= this.#nextMs) this.#write(offset, this.#last);
  }

  /** Nothing is written for now: notes where the log ends, so that what goes missing later is known to the byte. */
  ends(offset: number): void {
    if (this.#last !== null && this.#last.offset !== offset) this.#write(offset, this.#last);
  }

  /** Notes bytes that belong at `offset` and were never written. */
  dropped(offset: number, bytes: number, reason: string): void {
    this.#write(offset, null, { dropped: bytes, reason });
  }

  /** Notes bytes before `offset` that others removed from the files. */
  lost(offset: number, bytes: number): void {
    this.#write(offset, null, { lost: bytes });
  }

  /** Forgets what was before `oldestOffset`, where that is worth the work. */
  trim(oldestOffset: number): void {
    const { dir } = this.#options;
    try {
      if ((dir.size(this.#name) ?? 0) <= TRIM_BYTES) return;
      const bytes = readEnd(dir, this.#name, Infinity);
      const cut = firstNeeded(bytes, oldestOffset);
      if (cut * 2 <= bytes.length) return;
      const temporary = `${this.#name}.new`;
      dir.remove(temporary);
      append(dir, temporary, () => bytes.subarray(cut));
      dir.rename(temporary, this.#name);
    } catch {
      // It stays longer than it needs to be, and is shortened when the next file goes.
    }
  }

  #readLast(): LastMark | undefined {
    return lastMarkIn(readEnd(this.#options.dir, this.#name, ANCHOR_EVERY_BYTES + 2 * LONGEST_ANCHOR_BYTES).toString());
  }

  /** Where the file after the one of `last` begins: that one was rotated, or is gone. */
  #endOfPrevious(last: LastMark): number {
    const { dir, kind } = this.#options;
    const stats = lstatSync(dir.at(logName(kind, 1)), { throwIfNoEntry: false });
    return stats?.ino === last.ino ? last.file + stats.size : last.file;
  }

  #write(offset: number, last: Entry | null, facts: Facts = {}): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const mono = Math.round(clock.sinceBootMs());
    const wallLead = clock.wallMs() - mono;
    const from = this.#needsAnchor(last, wallLead) ? null : last;
    const line = from === null ? this.#anchor(offset, mono, wallLead, facts) : `${mono - from.mono} ${offset - from.offset}\n`;
    this.#nextMs = nowMs + MARK_INTERVAL_MS;
    const isWritten = this.#payOwed() && this.#append(line);
    if (!isWritten && Object.keys(facts).length > 0 && this.#owed.length < MAX_OWED) this.#owed.push(line);
    this.#last = isWritten ? { mono, offset, wallLead: from?.wallLead ?? wallLead } : null;
    this.#sinceAnchorBytes = from === null ? 0 : this.#sinceAnchorBytes + line.length;
  }

  #needsAnchor(last: Entry | null, wallLead: number): boolean {
    return last === null || this.#sinceAnchorBytes >= ANCHOR_EVERY_BYTES || Math.abs(wallLead - last.wallLead) > CLOCK_JUMP_MS;
  }

  #anchor(offset: number, mono: number, wallLead: number, facts: Facts): string {
    const { offset: file, ino } = this.#file;
    const at = Math.round(mono + wallLead);
    const anchor: Anchor = { at, mono, boot: this.#options.clock.boot, offset, file, ino, run: this.#run, ...facts };
    return `${JSON.stringify(anchor)}\n`;
  }

  #payOwed(): boolean {
    for (let line = this.#owed[0]; line !== undefined; line = this.#owed[0]) {
      if (!this.#append(line)) return false;
      this.#owed.shift();
    }
    return true;
  }

  /** @returns whether all of it is written; what keeps it from that keeps the log as well, which tells */
  #append(line: string): boolean {
    const looksAtEnd = this.#mayBeTorn;
    this.#mayBeTorn = true;
    try {
      append(this.#options.dir, this.#name, (fd) => {
        const isTorn = looksAtEnd && !isAtLineStart(fd, fstatSync(fd).size);
        return Buffer.from(isTorn ? `\n${line}` : line);
      });
      this.#mayBeTorn = false;
    } catch {
      return false;
    }
    return true;
  }
}

/** The state at the end of an index, of which `text` is the end: from its last anchor on. */
function lastMarkIn(text: string): LastMark | undefined {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const anchor = toAnchor(lines[at] ?? '');
    if (anchor === undefined) continue;
    const bytes = lines.slice(at + 1).reduce((sum, line) => sum + Number(/^\d+ (\d+)$/.exec(line)?.[1] ?? 0), 0);
    return { offset: anchor.offset + bytes, file: anchor.file, ino: anchor.ino };
  }
  return undefined;
}

function toAnchor(line: string): LastMark | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { offset, file, ino } = JSON.parse(line) as Partial<LastMark>;
    const isWhole = [offset, file, ino].every((value) => Number.isSafeInteger(value) && (value ?? -1) >= 0);
    return isWhole ? ({ offset, file, ino } as LastMark) : undefined;
  } catch {
    return undefined; // torn by a crash, or cut by where we began to read
  }
}

/** Where the last anchor begins that is not behind `oldestOffset`: all before it tells of bytes that are gone. */
function firstNeeded(bytes: Buffer, oldestOffset: number): number {
  let needed = 0;
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const anchor = bytes[start] === OPENING_BRACE ? toAnchor(bytes.toString('utf8', start, end)) : undefined;
    if (anchor !== undefined && anchor.offset > oldestOffset) break;
    if (anchor !== undefined) needed = start;
    start = end + 1;
  }
  return needed;
}

const OPENING_BRACE = 0x7b;

/** The last bytes of a file, none where there is no such file. @throws UnsafePathError, or the system's error */
function readEnd(dir: OwnedDir, name: string, maxBytes: number): Buffer {
  if (dir.size(name) === undefined) return Buffer.alloc(0);
  const fd = dir.openFile(name, O_RDONLY);
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(fd);
  }
}

/** @throws the system's error; some of it may be written then */
function append(dir: OwnedDir, name: string, bytesFor: (fd: number) => Buffer): void {
  const fd = dir.openFile(name, O_RDWR | O_APPEND | O_CREAT);
  try {
    const bytes = bytesFor(fd);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}
