/**
 * Whether a log is whole: its files compared with what its index tells was written, and compressed ones unpacked to their
 * check sum. What rotation removed is not missing; what could not be written, what others removed and what is damaged is.
 * Nothing here writes or mends.
 */
import { messageOf } from '../../errors.ts';
import type { LogCheck, MissingOutput } from '../../model/output.ts';
import type { LogKind } from '../layout.ts';
import { endOf, locateLogSync } from './located-files.ts';
import type { LocatedFile } from './located-files.ts';
import type { Anchor } from './log-anchor.ts';
import { LogFile, isSameFile } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import { blocksOf } from './scan.ts';

const BLOCK_BYTES = 256 * 1024;

/**
 * Checks a log as it is when this is called; what is written meanwhile is not looked at.
 * @param signal ends the check, with its reason
 * @throws UnsafePathError when a link, FIFO, directory or device is in the place of a file or of the index
 */
export async function verifyLog(dir: string, kind: LogKind, signal?: AbortSignal): Promise<LogCheck> {
  const { anchors, end } = readIndex(dir, kind);
  const { files, isIndexed } = locateLogSync(dir, kind); // after the index: of what that tells, the bytes are there
  const from = files[0]?.offset ?? anchors.at(-1)?.file ?? 0;
  const missing = [...noted(anchors, from), ...holes(files, anchors), ...cutOff(files, from, end)];
  for (const file of files) {
    signal?.throwIfAborted();
    if (file.isCompressed) missing.push(...(await damageOf(file)));
  }
  const to = files.reduce((last, file) => Math.max(last, endOf(file)), from);
  return { kind, from, to, isIndexed, missing: missing.sort((a, b) => a.offset - b.offset) };
}

function readIndex(dir: string, kind: LogKind): { readonly anchors: readonly Anchor[]; readonly end: number } {
  const index = LogIndex.openSync(dir, kind);
  try {
    return { anchors: index.anchors, end: index.marksFrom(index.anchors.length - 1).at(-1)?.offset ?? 0 };
  } finally {
    index.close();
  }
}

/** What the writer noted, of the part that is kept. */
function* noted(anchors: readonly Anchor[], from: number): Generator<MissingOutput> {
  for (const { at, offset, run, dropped, gap, reason = 'unknown', lost } of anchors) {
    const facts = { offset, at: new Date(at), runId: run };
    if (dropped > 0 && offset >= from) yield { ...facts, bytes: dropped, cause: 'dropped', reason };
    if (gap > 0 && offset >= from) yield { ...facts, bytes: gap, cause: 'gap', reason };
    if (lost > 0 && offset > from) yield { ...facts, bytes: lost, cause: 'removed', reason: 'others removed or shortened a file' };
  }
}

/** Bytes between two files that the writer did not note as lost. What it noted lies before the file that it went on with. */
function* holes(files: readonly LocatedFile[], anchors: readonly Anchor[]): Generator<MissingOutput> {
  for (const [at, file] of files.entries()) {
    const before = files[at - 1];
    if (before === undefined) continue;
    const known = anchors.reduce((sum, anchor) => sum + (anchor.file === file.offset ? anchor.lost : 0), 0);
    const bytes = file.offset - endOf(before) - known;
    if (bytes > 0) yield removed(endOf(before), bytes, 'a file between two others is gone, or was shortened');
  }
}

/** Bytes that the index tells of and the newest file does not have. */
function* cutOff(files: readonly LocatedFile[], from: number, end: number): Generator<MissingOutput> {
  const newest = files.at(-1);
  const reached = newest === undefined ? from : endOf(newest);
  if (reached < end) yield removed(reached, end - reached, 'the newest file is gone, or was shortened');
}

const removed = (offset: number, bytes: number, reason: string): MissingOutput => ({
  offset,
  bytes,
  cause: 'removed',
  reason,
  at: null,
  runId: null,
});

/** Unpacks a file; what comes behind the damage cannot be had. */
async function damageOf(listed: LocatedFile): Promise<readonly MissingOutput[]> {
  const file = await LogFile.open(listed.path);
  if (file === undefined || !isSameFile(file, listed)) {
    file?.close();
    return []; // rotated meanwhile: it is whole or gone, as the policy has it
  }
  let reached = listed.offset;
  try {
    for await (const { offset, bytes } of blocksOf({ listed, file }, { from: 0, to: Infinity, maxBlockBytes: BLOCK_BYTES }))
      reached = offset + bytes.length;
    return [];
  } catch (error) {
    return [{ offset: reached, bytes: endOf(listed) - reached, cause: 'damaged', reason: messageOf(error), at: null, runId: null }];
  } finally {
    file.close();
  }
}
