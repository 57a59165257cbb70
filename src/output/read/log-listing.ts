/**
 * Which files a log consists of at one moment, although the writer renames them one after the other, compresses and removes
 * them. Nothing here reads a file, but for the length at the end of a compressed one.
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { compressedIndexes, compressedName, logName, rotatedIndexes } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { LogFile, isSameFile } from './log-file.ts';
import type { FileIdentity } from './log-file.ts';

/** How often something is tried again that a rotation came between; each try lasts less than a rotation takes. */
export const MAX_TRIES = 1000;

/** One file of a log. */
export interface ListedFile extends FileIdentity {
  readonly path: string;
  /** Bytes of the log in it: of a compressed file, what they come to when it is unpacked. */
  readonly sizeBytes: number;
  /** Whether it is a gzip file. */
  readonly isCompressed: boolean;
}

/** The files of a log, oldest first; empty when there is none. Holes in the numbering are fine. */
export type Listing = readonly ListedFile[];

/**
 * Lists the files of a log as they were at one moment.
 * A rotation renames from the oldest to the newest, so a single pass may meet a file twice or miss it; what two passes
 * in a row agree on was so in between.
 * @throws Error with code `EAGAIN` when the files never rest
 */
export function listLogSync(dir: string, kind: LogKind): Listing {
  let before = passSync(dir, kind);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const after = passSync(dir, kind);
    const files = agree(before, after) ? withLengths(after) : undefined;
    if (files !== undefined) return files;
    before = after;
  }
  throw restless(dir, kind);
}

/** The error of a log whose files never rest. */
export const restless = (dir: string, kind: LogKind): Error =>
  Object.assign(new Error(`${join(dir, logName(kind))} is rotated faster than its files can be listed`), { code: 'EAGAIN' });

function passSync(dir: string, kind: LogKind): Listing {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    names = none(error);
  }
  return namesOf(names, kind).flatMap((found) => {
    const path = join(dir, found.name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [toListed(path, found.isCompressed, stats)];
  });
}

interface FoundName {
  readonly name: string;
  readonly isCompressed: boolean;
}

/** Oldest first. */
function namesOf(names: readonly string[], kind: LogKind): FoundName[] {
  const plain = new Set(rotatedIndexes(names, kind));
  if (names.includes(logName(kind))) plain.add(0);
  const compressed = compressedIndexes(names, kind).filter((index) => !plain.has(index));
  return [...plain, ...compressed]
    .sort((a, b) => b - a)
    .map((index) =>
      plain.has(index) ? { name: logName(kind, index), isCompressed: false } : { name: compressedName(kind, index), isCompressed: true },
    );
}

const toListed = (path: string, isCompressed: boolean, { dev, ino, size }: Stats): ListedFile => ({
  path,
  dev,
  ino,
  sizeBytes: size,
  isCompressed,
});

/** `files` with the true lengths of those that are compressed; undefined when one of them was renamed meanwhile. */
function withLengths(files: Listing): Listing | undefined {
  const measured: ListedFile[] = [];
  for (const file of files) {
    const sizeBytes = file.isCompressed ? unpackedBytes(file) : file.sizeBytes;
    if (sizeBytes === undefined) return undefined;
    measured.push(file.isCompressed ? { ...file, sizeBytes } : file);
  }
  return measured;
}

/** Bytes of a gzip file's trailer, of which the last four are the length of what it holds, RFC 1952 §2.3.1. */
const LENGTH_BYTES = 4;

function unpackedBytes(listed: ListedFile): number | undefined {
  const file = LogFile.openSync(listed.path);
  try {
    if (file === undefined || !isSameFile(file, listed)) return undefined;
    const length = Buffer.alloc(LENGTH_BYTES);
    // One that is too short to be a gzip file holds nothing; whoever reads it learns that it is damaged.
    const isWhole = file.openedSizeBytes > LENGTH_BYTES && file.readSync(length, file.openedSizeBytes - LENGTH_BYTES) === LENGTH_BYTES;
    return isWhole ? length.readUInt32LE() : 0;
  } finally {
    file?.close();
  }
}

const agree = (a: Listing, b: Listing): boolean =>
  a.length === b.length && a.every((file, at) => file.path === b[at]?.path && isSameFile(file, b[at]));

function none(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
