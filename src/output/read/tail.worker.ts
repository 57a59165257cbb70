/**
 * What runs in the threads of the read pool: the readers, with their errors as data, because a thrown error
 * loses its `code` on the way to another thread. Nothing here keeps anything between two calls.
 */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { messageOf } from '../../errors.ts';
import { tailFiles } from './tail.ts';
import type { TailRequest, TailResult } from './tail.ts';

process.setSourceMapsEnabled(true); // the main thread's setting is not inherited

/** What a call answers: the result, or the error that was thrown. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ThrownError };

/** An error on its way between threads. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

/** Under this a copy costs less than handing the memory over. */
const TRANSFER_BYTES = 16 * 1024;

/** Does nothing: a call that makes a thread, which then serves the queue. */
export function wake(): void {}

/** {@link tailFiles}, for the pool. Big results are handed over, not copied. */
export async function tail(request: TailRequest): Promise<unknown> {
  let value: TailResult;
  try {
    value = await tailFiles(request);
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return { ok: false, error: { name, message: messageOf(error), code } } satisfies Answer<never>;
  }
  const answer = { ok: true, value } satisfies Answer<TailResult>;
  if (value.bytes.byteLength < TRANSFER_BYTES) return answer;
  return move({ [transferableSymbol]: value.bytes.buffer, [valueSymbol]: answer });
}
