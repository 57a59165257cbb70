/**
 * The memory that output passes through: where pipes are read, and where the copy with prefixes is made. It is WebAssembly's,
 * so that a piece is prefixed and written where it lies. One for the thread: a piece is done with before the next is read.
 * Nothing happens to the bytes here.
 */
import { LINE_PREFIX } from '../layout.ts';
import { MAX_PIECE_BYTES } from './largest-piece.ts';

/** The little that is used of WebAssembly; Node.js has it, its types do not tell. */
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
};

const PAGE_BYTES = 64 * 1024;
/** Room for a piece: whole pages, so that the next one begins with a page, too. */
const ROOM_BYTES = Math.ceil(MAX_PIECE_BYTES / PAGE_BYTES) * PAGE_BYTES;
/** What is moved at once. A copy may spoil so many bytes behind its end. */
const VECTOR_BYTES = 16;
const MAX_PREFIX_BYTES = Math.max(...Object.values(LINE_PREFIX).map((prefix) => prefix.length));
/** A piece of newlines alone: each brings a prefix. Before it, the end of an open line and one more prefix. */
const MAX_PREFIXED_BYTES = MAX_PIECE_BYTES * (1 + MAX_PREFIX_BYTES) + 1 + MAX_PREFIX_BYTES;

/** Where in the memory what lies. */
export const ADDRESS = {
  stdout: 0,
  stderr: VECTOR_BYTES,
  read: PAGE_BYTES,
  held: PAGE_BYTES + ROOM_BYTES,
  prefixed: PAGE_BYTES + 2 * ROOM_BYTES,
} as const;

const pages = Math.ceil((ADDRESS.prefixed + MAX_PREFIXED_BYTES + VECTOR_BYTES) / PAGE_BYTES);

/** It never grows: the buffers below stay what they are. Only what is written to takes room. */
export const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });

/** Where every pipe is read into. */
export const readBuffer = Buffer.from(memory.buffer, ADDRESS.read, MAX_PIECE_BYTES);
/** Where a piece is brought that waited elsewhere. */
export const heldBuffer = Buffer.from(memory.buffer, ADDRESS.held, MAX_PIECE_BYTES);
/** Where the copy with prefixes is made. */
export const prefixedBuffer = Buffer.from(memory.buffer, ADDRESS.prefixed, MAX_PREFIXED_BYTES);

for (const kind of ['stdout', 'stderr'] as const)
  Buffer.from(memory.buffer, ADDRESS[kind], VECTOR_BYTES).write(LINE_PREFIX[kind], 'latin1');
