/** The file of an index, as its writer needs it: its end understood, lines added, its beginning left out. Nothing here decides what is noted. */
import { closeSync, constants, fstatSync, readSync, writeSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { NEWLINE } from './line-ends.ts';

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR } = constants;

/** Where an index got to. */
export interface LastMark {
  readonly offset: number;
  readonly file: number;
  readonly ino: number;
}

/** The state at the end of an index, of which `text` is the end: from its last anchor on. */
export function lastMarkIn(text: string): LastMark | undefined {
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
export function firstNeeded(bytes: Buffer, oldestOffset: number): number {
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
export function readEnd(dir: OwnedDir, name: string, maxBytes: number): Buffer {
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
export function append(dir: OwnedDir, name: string, bytesFor: (fd: number) => Buffer): void {
  const fd = dir.openFile(name, O_RDWR | O_APPEND | O_CREAT);
  try {
    const bytes = bytesFor(fd);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}
