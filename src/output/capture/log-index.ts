/**
 * The index of one log: when which of its bytes came, of which run, and what is missing. `{kind}.idx` is text, a line an
 * entry: an anchor is a JSON object with absolute values, a line `<ms> <bytes>` counts from the entry before it. Only ever
 * appended to, but for {@link LogIndex.trim}. An index that cannot be written costs times, never output: no error of it
 * leaves this file, and the first entry that the disk takes again is an anchor.
 */
import { fstatSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { indexName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { Clock } from './clock.ts';
import { append, firstNeeded, lastMarkIn, readEnd } from './index-file.ts';
import type { LastMark } from './index-file.ts';
import { isAtLineStart } from './line-ends.ts';

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

/** What else an anchor may tell. */
interface Facts {
  /** Bytes that were read from the task and never written; no offset counts them. */
  readonly dropped?: number;
  /** At most so many bytes were read from the task and never written, perhaps none; no offset counts them. */
  readonly gap?: number;
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

/** The newest rotated file of a log. */
export interface PreviousFile {
  readonly ino: number | null;
  /** Bytes of the log that are in it. */
  readonly contentBytes: number;
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
  /** Offset of the last entry; null: none was written by this session. */
  #noted: number | null = null;
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
   * @param previous the file before it, undefined where there is none; `ino` is null when it was compressed
   * @param filesBytes bytes in all files of the log: its length where nothing was noted
   * @throws the system's error
   */
  recover(
    current: { readonly ino: number; readonly size: number } | undefined,
    previous: PreviousFile | undefined,
    filesBytes: number,
  ): number {
    const last = this.#readLast();
    if (last === undefined) return filesBytes;
    const size = current?.size ?? 0;
    const began = current?.ino === last.ino ? last.file : endOfPrevious(last, previous);
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
    if (offset > (this.#noted ?? offset)) this.ends(offset); // of the file before, which may be gone when it is looked for
    this.#file = { offset, ino };
    this.#last = null;
  }

  /** Notes the time of bytes that are about to be written at `offset`, unless that of the last entry still holds. */
  mark(offset: number, nowMs: number): void {
    if (this.#last === null || nowMs >= this.#nextMs) this.#write(offset, this.#last);
  }

  /** Nothing is written for now: notes where the log ends, so that what goes missing later is known to the byte. */
  ends(offset: number): void {
    if (this.#noted !== null && this.#noted !== offset) this.#write(offset, this.#last);
  }

  /** Notes bytes that belong at `offset` and were never written; `isBound`: so many at most. */
  dropped(offset: number, bytes: number, reason: string, isBound: boolean): void {
    this.#write(offset, null, isBound ? { gap: bytes, reason } : { dropped: bytes, reason });
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
    if (isWritten) this.#noted = offset;
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

/** Where the file after the one of `last` begins: that one was rotated, or is gone. */
function endOfPrevious(last: LastMark, previous: PreviousFile | undefined): number {
  if (previous === undefined) return last.file;
  // A compressed file has no inode to know it by; one that is shorter than what was noted of it is another.
  const isSame = previous.ino === null ? previous.contentBytes >= last.offset - last.file : previous.ino === last.ino;
  return isSame ? last.file + previous.contentBytes : last.file;
}
