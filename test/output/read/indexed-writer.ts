/**
 * A writer of one log and its index on a clock that is turned by hand, as simple as can be: one entry for every write that comes
 * 100 ms or more after the last entry. It rotates, compresses and removes; it never reads what it wrote.
 */
import { appendFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compressedIndexes, compressedName, indexName, logName, rotatedIndexes } from '../../../src/output/layout.ts';
import type { LogKind } from '../../../src/output/layout.ts';

const INTERVAL_MS = 100;

/** A log with an index. */
export class IndexedWriter {
  readonly dir: string;
  readonly kind: LogKind;
  /** The wall clock, Unix milliseconds. */
  wallMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  /** The monotonic clock. */
  monoMs = 1_000_000;
  boot: string | null = 'boot-1';
  /** Bytes of the log since it began. */
  end = 0;
  /** Offset at which the current file begins. */
  fileStart = 0;
  #run: string | null = null;
  #last: { readonly mono: number; readonly offset: number } | null = null;

  constructor(dir: string, kind: LogKind = 'stdout') {
    this.dir = dir;
    this.kind = kind;
  }

  path(index = 0): string {
    return join(this.dir, logName(this.kind, index));
  }

  get indexPath(): string {
    return join(this.dir, indexName(this.kind));
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.wallMs += ms;
    this.monoMs += ms;
  }

  /** Sets the wall clock, as someone with a watch does. */
  jump(ms: number): void {
    this.wallMs += ms;
    this.#last = null;
  }

  /** Starts the system anew: its monotonic clock with it. */
  reboot(): void {
    this.boot = `${this.boot ?? ''}+`;
    this.monoMs = 5;
    this.#last = null;
  }

  /** What is written from now on is another run's. */
  runBegins(run: string): void {
    this.#run = run;
    this.#last = null;
  }

  write(data: string | Uint8Array): void {
    if (this.#last === null || this.monoMs - this.#last.mono >= INTERVAL_MS) this.mark();
    appendFileSync(this.path(), data);
    this.end += Buffer.byteLength(data);
  }

  /** Writes an entry. */
  mark(more: Record<string, unknown> = {}): void {
    const { monoMs: mono, end: offset } = this;
    if (this.#last === null || Object.keys(more).length > 0) {
      if (!existsSync(this.path())) writeFileSync(this.path(), '');
      const { ino } = statSync(this.path());
      const anchor = { at: this.wallMs, mono, boot: this.boot, offset, file: this.fileStart, ino, run: this.#run, ...more };
      appendFileSync(this.indexPath, `${JSON.stringify(anchor)}\n`);
    } else {
      appendFileSync(this.indexPath, `${mono - this.#last.mono} ${offset - this.#last.offset}\n`);
    }
    this.#last = { mono, offset };
  }

  /** The next entry is an anchor. */
  anchorNext(): void {
    this.#last = null;
  }

  rotate(): void {
    for (const index of rotatedIndexes(readdirSync(this.dir), this.kind).reverse()) renameSync(this.path(index), this.path(index + 1));
    for (const index of compressedIndexes(readdirSync(this.dir), this.kind).reverse()) {
      renameSync(this.#packedPath(index), this.#packedPath(index + 1));
    }
    renameSync(this.path(), this.path(1));
    writeFileSync(this.path(), '', { flag: 'wx' });
    this.fileStart = this.end;
    this.#last = null;
  }

  /** Puts a compressed file in the place of a rotated one. */
  compress(index: number): void {
    const temporary = join(this.dir, 'packing');
    writeFileSync(temporary, gzipSync(readFileSync(this.path(index))));
    renameSync(temporary, this.#packedPath(index));
    rmSync(this.path(index));
  }

  /** Removes a file, whatever it is by now. */
  remove(index: number): void {
    rmSync(existsSync(this.path(index)) ? this.path(index) : this.#packedPath(index));
  }

  #packedPath(index: number): string {
    return join(this.dir, compressedName(this.kind, index));
  }
}
