/**
 * Going from one file of a log to the next while the writer renames, compresses and removes them: the file that is read is
 * held open, and the next one is its neighbour by then. Nothing here reads bytes of a log.
 */
import type { LogKind } from '../layout.ts';
import { endOf, locateLogSync } from './located-files.ts';
import type { LocatedFile, LocatedLog } from './located-files.ts';
import { LogFile, isSameFile } from './log-file.ts';
import { MAX_TRIES, restless } from './log-listing.ts';

/** Which log. */
export interface LogPlace {
  /** The task's folder. */
  readonly dir: string;
  readonly kind: LogKind;
}

/** A file of a log that is held open. Whoever asked for it closes it. */
export interface OpenedFile {
  readonly listed: LocatedFile;
  readonly file: LogFile;
}

/** The newest file of a log; undefined without one. @throws UnsafePathError for a planted one */
export const openNewest = (place: LogPlace): OpenedFile | undefined => openChosen(place, ({ files }) => files.at(-1));

/** The file with the byte at `offset`, or the first one after it. @throws UnsafePathError for a planted one */
export function openAt(place: LogPlace, offset: number): OpenedFile | undefined {
  return openChosen(place, ({ files }) => {
    const at = files.findLastIndex((file) => file.offset <= offset);
    const file = files[at];
    return file === undefined || endOf(file) <= offset ? files[at + 1] : file;
  });
}

/** The file that was written after `held`, or the oldest that is left of those. @throws UnsafePathError for a planted one */
export function openAfter(place: LogPlace, held: OpenedFile): OpenedFile | undefined {
  return openChosen(place, ({ files, isIndexed }) => {
    const end = endOfOpened(held);
    const at = files.findIndex((file) => isSameFile(file, held.listed));
    // A file that is not there any more was removed, and all before it; or compressed, and then its place is its offset.
    const next = at === -1 && isIndexed ? files.find((file) => file.offset >= end) : files[at + 1];
    return next === undefined || isIndexed ? next : { ...next, offset: end };
  });
}

/** The file that was written before `held`; undefined when there is none any more. @throws UnsafePathError for a planted one */
export function openBefore(place: LogPlace, { listed }: OpenedFile): OpenedFile | undefined {
  return openChosen(place, ({ files, isIndexed }) => {
    const at = files.findIndex((file) => isSameFile(file, listed));
    if (at === -1) return isIndexed ? files.findLast((file) => endOf(file) <= listed.offset && !isSameFile(file, listed)) : undefined;
    return files[at - 1];
  });
}

/** Where a file that is held open ends in the log, as far as it is written. */
export const endOfOpened = ({ listed, file }: OpenedFile): number =>
  listed.offset + (listed.isCompressed ? listed.sizeBytes : file.sizeSync());

function openChosen({ dir, kind }: LogPlace, choose: (log: LocatedLog) => LocatedFile | undefined): OpenedFile | undefined {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const candidate = choose(locateLogSync(dir, kind));
    if (candidate === undefined) return undefined;
    const file = LogFile.openSync(candidate.path);
    // Chosen again now that it is open: the inode of a file that is deleted unopened passes to another at once.
    const listed = file === undefined ? undefined : choose(locateLogSync(dir, kind));
    if (file !== undefined && listed !== undefined && isSameFile(file, listed)) return { listed, file };
    file?.close();
  }
  throw restless(dir, kind);
}
