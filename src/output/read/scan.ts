/**
 * The bytes of a log from one offset to another, in order over all its files, plain and compressed, in blocks: what is in
 * memory is two blocks, however long the log. Nothing here cuts lines or watches the log grow.
 */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../errors.ts';
import type { LogKind } from '../layout.ts';
import type { LogFile } from './log-file.ts';
import { endOfOpened, openAfter, openAt } from './opened-file.ts';
import type { OpenedFile } from './opened-file.ts';
import { endOf, locateLogSync } from './located-files.ts';

/** A stretch of a log. */
export interface LogBlock {
  /** Bytes of the log, since it began, before the first of these. */
  readonly offset: number;
  /** Valid until the next block is asked for. */
  readonly bytes: Buffer;
}

/** What to read. */
export interface ScanOptions {
  /** Offset of the first byte. @default 0 */
  readonly from?: number | undefined;
  /** Offset after the last byte. @default the log's end when the scan begins, which is as far as it goes in every case */
  readonly to?: number | undefined;
  /** Ends the scan: the next block asked for rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** @default 256 KiB */
  readonly maxBlockBytes?: number | undefined;
}

const BLOCK_BYTES = 256 * 1024;
const PACKED_BLOCK_BYTES = 64 * 1024;
/** zlib gives no less at once. */
const MIN_UNPACKED_BLOCK_BYTES = 64;

/**
 * Reads a log in order. Rotation, compression and removal of files meanwhile do not disturb it: what is removed before it is
 * reached is left out, which shows in the offsets. A log that does not exist is an empty one. One file is open at a time,
 * until the iteration ends.
 * @throws UnsafePathError when a link, FIFO, directory or device is in the place of a file that is read; Error with a zlib code
 * when a compressed file is damaged
 */
export async function* scanBlocks(dir: string, kind: LogKind, options: ScanOptions = {}): AsyncGenerator<LogBlock, void, void> {
  const { from = 0, signal, maxBlockBytes = BLOCK_BYTES } = options;
  signal?.throwIfAborted();
  const newest = locateLogSync(dir, kind).files.at(-1);
  const to = Math.min(options.to ?? Infinity, newest === undefined ? 0 : endOf(newest));
  let held = from < to ? openAt({ dir, kind }, from) : undefined;
  while (held !== undefined && held.listed.offset < to) {
    let next: OpenedFile | undefined;
    try {
      for await (const block of blocksOf(held, { from, to, maxBlockBytes })) {
        yield block;
        signal?.throwIfAborted();
      }
      next = endOfOpened(held) < to ? openAfter({ dir, kind }, held) : undefined;
    } finally {
      held.file.close();
    }
    held = next;
  }
  held?.file.close();
}

/** A range of a log, and how much of it to read at once. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
  readonly maxBlockBytes: number;
}

/** The part of a range that is in one file. */
export async function* blocksOf({ listed, file }: OpenedFile, range: BlockRange): AsyncGenerator<LogBlock, void, void> {
  const from = Math.max(0, range.from - listed.offset);
  const to = range.to - listed.offset;
  const blocks = listed.isCompressed
    ? unpackedBlocks(file, listed.path, range.maxBlockBytes)
    : plainBlocks(file, { from, to, maxBlockBytes: range.maxBlockBytes });
  let position = listed.isCompressed ? 0 : from;
  for await (const block of blocks) {
    const start = position;
    position += block.length;
    if (position <= from) continue;
    const bytes = block.subarray(Math.max(0, from - start), Math.min(block.length, to - start));
    if (bytes.length > 0) yield { offset: listed.offset + Math.max(start, from), bytes };
    if (position >= to) return;
  }
}

/** Reads the next block while the one before is looked at. */
async function* plainBlocks(file: LogFile, { from, to, maxBlockBytes }: BlockRange): AsyncGenerator<Buffer, void, void> {
  let [block, spare] = [Buffer.allocUnsafeSlow(maxBlockBytes), Buffer.allocUnsafeSlow(maxBlockBytes)];
  const read = (into: Buffer, position: number): Promise<number> => {
    const reading = file.read(into.subarray(0, Math.max(0, Math.min(into.length, to - position))), position);
    reading.catch(() => undefined); // it is thrown where it is waited for, unless nobody wants it any more
    return reading;
  };
  let position = from;
  let reading = read(block, position);
  try {
    for (;;) {
      const bytesRead = await reading;
      if (bytesRead === 0) return;
      position += bytesRead;
      reading = read(spare, position);
      yield block.subarray(0, bytesRead);
      [block, spare] = [spare, block];
    }
  } finally {
    await Promise.allSettled([reading]);
  }
}

async function* unpackedBlocks(file: LogFile, path: string, maxBlockBytes: number): AsyncGenerator<Buffer, void, void> {
  const gunzip = createGunzip({ chunkSize: Math.max(MIN_UNPACKED_BLOCK_BYTES, maxBlockBytes) });
  const done = pipeline(Readable.from(packedBlocks(file)), gunzip);
  done.catch(() => undefined); // the iteration throws the same
  try {
    for await (const unpacked of gunzip) {
      const bytes = unpacked as Buffer;
      for (let at = 0; at < bytes.length; at += maxBlockBytes) yield bytes.subarray(at, at + maxBlockBytes);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${path} is damaged: ${messageOf(error)}`, { cause: error }), { code });
  }
}

async function* packedBlocks(file: LogFile): AsyncGenerator<Buffer, void, void> {
  for (let position = 0; ;) {
    const block = Buffer.allocUnsafe(PACKED_BLOCK_BYTES);
    const bytesRead = await file.read(block, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}
