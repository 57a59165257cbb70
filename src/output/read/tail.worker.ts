/**
 * What runs in the threads of the read pool: the readers, with their errors as data, because a thrown error
 * loses its `code` on the way to another thread. Nothing here keeps anything between two calls.
 */
import type { MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { messageOf } from '../../errors.ts';
import type { SearchProgress } from '../../model/search.ts';
import { searchFiles } from './search-files.ts';
import type { SearchRequest } from './search-files.ts';
import type { LogSearchResult } from './search.ts';
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

/** A search, and where its progress is told. */
export interface SearchJob extends SearchRequest {
  readonly progress: MessagePort | undefined;
}

/** {@link searchFiles}, for the pool. */
export async function search({ progress: port, ...request }: SearchJob): Promise<Answer<LogSearchResult>> {
  const host = { now: () => performance.now() };
  try {
    const onProgress = (progress: SearchProgress): void => port?.postMessage(progress);
    const value = await searchFiles(request, port === undefined ? host : { ...host, onProgress });
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error: toThrown(error) };
  } finally {
    port?.close();
  }
}

/** Does nothing: a call that makes a thread, which then serves the queue. */
export function wake(): void {}

/** {@link tailFiles}, for the pool. Big results are handed over, not copied. */
export async function tail(request: TailRequest): Promise<unknown> {
  let value: TailResult;
  try {
    value = await tailFiles(request);
  } catch (error) {
    return { ok: false, error: toThrown(error) } satisfies Answer<never>;
  }
  const answer = { ok: true, value } satisfies Answer<TailResult>;
  if (value.bytes.byteLength < TRANSFER_BYTES) return answer;
  return move({ [transferableSymbol]: value.bytes.buffer, [valueSymbol]: answer });
}

function toThrown(error: unknown): ThrownError {
  const { name, code } = error as NodeJS.ErrnoException;
  return { name, message: messageOf(error), code };
}
