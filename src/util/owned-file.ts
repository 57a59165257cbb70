/**
 * State files, written whole or not at all: a temporary file in the same directory, then a rename. What lies at the name
 * must be missing or a regular file of ours; a planted link is refused, not replaced. Imports node built-ins alone.
 */
import { closeSync, constants, fstatSync, fsyncSync, read, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { OwnedDir } from './owned-dir.ts';

/**
 * Writes `text` to `name` in `dir` atomically.
 * @param durable waits for the disk too, so that the file survives a loss of power; without it, it survives the end of any process
 * @throws UnsafePathError when something else than a regular file of ours lies there
 */
export function writeOwnedFile(dir: OwnedDir, name: string, text: string, durable = false): void {
  closeSync(createOwnedFile(dir, name, text, durable));
}

/** {@link writeOwnedFile}, with the file left open for {@link overwriteOpenFile}. */
export function createOwnedFile(dir: OwnedDir, name: string, text: string, durable = false): number {
  dir.check(name);
  const temporary = `.${name}.new`;
  const fd = dir.openFile(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  try {
    writeFileSync(fd, text);
    if (durable) fsyncSync(fd);
    dir.rename(temporary, name);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Writes `text` over the beginning of `name`, which must exist, and leaves the file open for {@link overwriteOpenFile}. Within
 * one page of memory, so that no crash of a process cuts it in two; costs a tenth of {@link writeOwnedFile}, and frees no inode
 * that ext4 then avoids.
 * @throws UnsafePathError as {@link writeOwnedFile}; Error with code `ENOENT` when there is no such file
 */
export function overwriteOwnedFile(dir: OwnedDir, name: string, text: string): number {
  const fd = dir.openFile(name, constants.O_WRONLY);
  try {
    writeSync(fd, text, 0);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Writes `text` over the beginning of a file that is open. @returns whether it was done: not where the file has lost its name */
export function overwriteOpenFile(fd: number, text: string): boolean {
  if (fstatSync(fd).nlink !== 1) return false;
  writeSync(fd, text, 0);
  return true;
}

/** The text of `name` in `dir`, or undefined when there is no such file. */
export function readOwnedFile(dir: OwnedDir, name: string): string | undefined {
  const fd = openIfThere(dir, name);
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** The last `maxBytes` of `name` in `dir` as text, or undefined when there is no such file. */
export function readOwnedEnd(dir: OwnedDir, name: string, maxBytes: number): string | undefined {
  const fd = openIfThere(dir, name);
  if (fd === undefined) return undefined;
  try {
    const { buffer, start } = roomFor(fd, maxBytes);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
  } finally {
    closeSync(fd);
  }
}

/** The same, read off the event loop. */
export async function readOwnedEndAsync(dir: OwnedDir, name: string, maxBytes: number): Promise<string | undefined> {
  const fd = openIfThere(dir, name);
  if (fd === undefined) return undefined;
  try {
    const { buffer, start } = roomFor(fd, maxBytes);
    const { bytesRead } = await promisify(read)(fd, buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(dir: OwnedDir, name: string): number | undefined {
  try {
    return dir.openFile(name, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function roomFor(fd: number, maxBytes: number): { readonly buffer: Buffer; readonly start: number } {
  const { size } = fstatSync(fd);
  const start = Math.max(0, size - maxBytes);
  return { buffer: Buffer.alloc(size - start), start };
}
