/**
 * Where in its log each file begins. The index knows it by inode; a compressed file has another inode than it had, and is
 * found by its length between two beginnings; without an index a log begins with its oldest file, as for the writer.
 */
import type { LogKind } from '../layout.ts';
import { LogIndex } from './log-index.ts';
import { listLogSync } from './log-listing.ts';
import type { ListedFile, Listing } from './log-listing.ts';

/** A file of a log, and where its first byte is in it. */
export interface LocatedFile extends ListedFile {
  readonly offset: number;
}

/** Where a file ends in its log. */
export const endOf = (file: LocatedFile): number => file.offset + file.sizeBytes;

/** The files of a log, oldest first. */
export interface LocatedLog {
  readonly files: readonly LocatedFile[];
  /** Whether the offsets are the index's; without one, they count from the oldest file, and change when that goes. */
  readonly isIndexed: boolean;
  /** Its length. */
  readonly end: number;
  /** Whether no byte of it is left: then its length is what the index last knew of, and may be some bytes more. */
  readonly isGone: boolean;
}

/** The files of a log as they are now. @throws as `listLogSync` */
export function locateLogSync(dir: string, kind: LogKind): LocatedLog {
  // Listed first: a file is in the index before its first byte, so of each that holds something its beginning is known.
  const files = listLogSync(dir, kind);
  const index = LogIndex.openSync(dir, kind);
  try {
    const located = locate(files, index);
    const newest = located.at(-1);
    const isIndexed = index.anchors.length > 0;
    const end = newest === undefined ? index.knownEnd() : endOf(newest);
    return { files: located, isIndexed, end, isGone: isIndexed && isGone(files) };
  } finally {
    index.close();
  }
}

const isGone = (files: Listing): boolean => files.every(({ sizeBytes }) => sizeBytes === 0);

/** Where `files` begin, as far as `index` tells. */
function locate(files: Listing, index: LogIndex): readonly LocatedFile[] {
  const offsets = index.anchors.length === 0 ? [] : indexedOffsets(files, index);
  let offset = isGone(files) ? index.knownEnd() : 0; // an empty file begins where what is gone ended
  return files.map((file, at) => {
    const located = { ...file, offset: offsets[at] ?? offset };
    offset = endOf(located);
    return located;
  });
}

/** Offsets from the newest file the index knows back to the oldest. An empty file begins where the one before it ends, so it has none. */
function indexedOffsets(files: Listing, index: LogIndex): (number | undefined)[] {
  const starts = index.fileStarts();
  const offsets: (number | undefined)[] = files.map(() => undefined);
  let end = Infinity;
  for (let at = files.length - 1; at >= 0; at -= 1) {
    const file = files[at];
    if (file === undefined || file.sizeBytes === 0) continue;
    const known = file.isCompressed ? undefined : index.startOfFile(file.ino);
    if (known === undefined && end === Infinity && !file.isCompressed) continue; // newer than the index
    const isKnown = known !== undefined && (end === Infinity || known + file.sizeBytes <= end);
    end = isKnown ? known : startBefore(end, file.sizeBytes, starts, index.lastOffset);
    offsets[at] = end;
  }
  return offsets;
}

/** Where a file of `size` bytes begins that ends at `end` or, where files are missing, before: of the newest, the end is not known. */
function startBefore(end: number, size: number, starts: readonly number[], lastOffset: number): number {
  const fits = starts.findLast((start, at) => {
    const next = starts[at + 1];
    return next === undefined ? end === Infinity && start + size >= lastOffset : next <= end && start + size === next;
  });
  return fits ?? Math.max(0, (end === Infinity ? lastOffset : end) - size);
}
