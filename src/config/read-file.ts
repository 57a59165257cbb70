/**
 * Reads a configuration file: a regular file of at most 1 MiB, in UTF-8, that may be believed. Every check is made on the
 * open descriptor, so a file swapped meanwhile changes nothing; a FIFO or device is refused, never waited for.
 */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Problem } from './problems.ts';
import { distrustFile, distrustFolder } from './trust.ts';

/** The largest configuration file, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The file's text, or the one problem that keeps it from being read. */
export type FileText = { readonly text: string } | { readonly problem: Problem };

type Refusal = Pick<Problem, 'message' | 'hint'>;

/** Reads `file` as user `uid`. Never throws for what is wrong with the file. */
export async function readConfigFile(file: string, uid: number): Promise<FileText> {
  try {
    // O_NONBLOCK: open(2) of a FIFO for reading otherwise waits for a writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = await handle.stat();
      const refusal = refuseKind(stats) ?? distrustFile(file, stats, uid) ?? (await refuseFolders(file, uid));
      if (refusal !== undefined) return { problem: wholeFile(file, refusal) };
      return decode(file, await readAtMost(handle, MAX_FILE_BYTES + 1));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { problem: wholeFile(file, explain(error)) };
  }
}

function refuseKind(stats: Stats): Refusal | undefined {
  if (!stats.isFile()) return { message: `expected a regular file, got ${kindOf(stats)}`, hint: 'give the path of a TOML file' };
  return stats.size > MAX_FILE_BYTES ? tooLarge(`${stats.size} bytes`) : undefined;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  return stats.isFIFO() ? 'a FIFO' : 'a device or socket';
}

const tooLarge = (size: string): Refusal => ({
  message: `expected a file of at most 1 MiB, got ${size}`,
  hint: 'split it, and give each part with --config',
});

/** Both the folder of the name and that of the file a link leads to: whoever writes either chooses what is read. */
async function refuseFolders(file: string, uid: number): Promise<Refusal | undefined> {
  for (const folder of new Set([dirname(file), dirname(await realpath(file))])) {
    const refusal = distrustFolder(folder, await stat(folder), uid);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function readAtMost(handle: FileHandle, limitBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(limitBytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, limitBytes - length);
    length += bytesRead;
    if (bytesRead === 0 || length === limitBytes) return buffer.subarray(0, length);
  }
}

function decode(file: string, bytes: Buffer): FileText {
  if (bytes.length > MAX_FILE_BYTES) return { problem: wholeFile(file, tooLarge('more while it was read')) };
  if (isUtf8(bytes)) return { text: new TextDecoder().decode(bytes) }; // without a byte order mark
  return { problem: notUtf8(file, bytes) };
}

/** A newline is never part of a longer sequence in UTF-8, so lines can be judged one by one. */
function notUtf8(file: string, bytes: Buffer): Problem {
  let start = 0;
  let end = bytes.indexOf(0x0a);
  for (let line = 1; ; line += 1) {
    const piece = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!isUtf8(piece) || end === -1) {
      const lineText = piece.toString('utf8').slice(0, 1000);
      const column = Math.max(lineText.indexOf('\ufffd'), 0) + 1;
      return { file, line, column, path: '', message: 'expected text in UTF-8, got other bytes', hint: 'save the file as UTF-8', lineText };
    }
    start = end + 1;
    end = bytes.indexOf(0x0a, start);
  }
}

function explain(error: unknown): Refusal {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return { message: 'expected a file, got nothing there', hint: 'check the path given' };
    case 'EACCES':
      return { message: 'expected a file we may read, got "permission denied"', hint: 'check the modes of the file and its folders' };
    case 'ENXIO':
      return { message: 'expected a regular file, got a socket or a device', hint: 'give the path of a TOML file' };
    default:
      return { message: `expected a file that can be read, got ${messageOf(error)}` };
  }
}

const wholeFile = (file: string, refusal: Refusal): Problem => ({ file, line: 0, column: 0, path: '', lineText: '', ...refusal });
