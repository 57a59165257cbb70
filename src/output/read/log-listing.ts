/**
 * Which files a log consists of at one moment, although the writer renames them one after the other. Nothing here opens
 * a file or reads from one.
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { logName, rotatedIndexes } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { isSameFile } from './log-file.ts';
import type { FileIdentity } from './log-file.ts';

/** How often something is tried again that a rotation came between; each try lasts less than a rotation takes. */
export const MAX_TRIES = 1000;

/** One file of a log. */
export interface ListedFile extends FileIdentity {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The files of a log, oldest first; empty when there is none. Holes in the numbering are fine. */
export type Listing = readonly ListedFile[];

/**
 * Lists the files of a log as they were at one moment.
 * A rotation renames from the oldest to the newest, so a single pass may meet a file twice or miss it; what two passes
 * in a row agree on was so in between.
 * @throws Error with code `EAGAIN` when the files never rest
 */
export async function listLog(dir: string, kind: LogKind): Promise<Listing> {
  let before = await pass(dir, kind);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const after = await pass(dir, kind);
    if (agree(before, after)) return after;
    before = after;
  }
  throw restless(dir, kind);
}

/** {@link listLog} on this thread. */
export function listLogSync(dir: string, kind: LogKind): Listing {
  let before = passSync(dir, kind);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const after = passSync(dir, kind);
    if (agree(before, after)) return after;
    before = after;
  }
  throw restless(dir, kind);
}

/** Bytes in all of `files`. */
export const totalBytes = (files: Listing): number => files.reduce((sum, file) => sum + file.sizeBytes, 0);

/** The error of a log whose files never rest. */
export const restless = (dir: string, kind: LogKind): Error =>
  Object.assign(new Error(`${join(dir, logName(kind))} is rotated faster than its files can be listed`), { code: 'EAGAIN' });

async function pass(dir: string, kind: LogKind): Promise<Listing> {
  const names = await readdir(dir).catch(none);
  const files: ListedFile[] = [];
  for (const path of pathsOf(dir, kind, names)) {
    const stats = await lstat(path).catch(gone);
    if (stats !== undefined) files.push(toListed(path, stats));
  }
  return files;
}

function passSync(dir: string, kind: LogKind): Listing {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    names = none(error);
  }
  return pathsOf(dir, kind, names).flatMap((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [toListed(path, stats)];
  });
}

function pathsOf(dir: string, kind: LogKind, names: readonly string[]): string[] {
  const rotated = rotatedIndexes(names, kind).reverse();
  const indexes = names.includes(logName(kind)) ? [...rotated, 0] : rotated;
  return indexes.map((index) => join(dir, logName(kind, index)));
}

const toListed = (path: string, stats: Stats): ListedFile => ({ path, dev: stats.dev, ino: stats.ino, sizeBytes: stats.size });

const agree = (a: Listing, b: Listing): boolean =>
  a.length === b.length && a.every((file, at) => file.path === b[at]?.path && isSameFile(file, b[at]));

function none(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

function gone(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
