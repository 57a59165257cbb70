/** Reads the body of a request: JSON, of bounded size and depth, that means one thing only. Judges no shape. */
import { refusal } from './problem.ts';

/** Longest body. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Deepest nesting of lists and tables. */
export const MAX_DEPTH = 32;

/** A body, or the answer where it cannot be used. Without a body it is an empty table. */
export async function readBody(request: Request): Promise<{ readonly value: unknown } | Response> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > MAX_BODY_BYTES ? 'long' : await readAll(request);
  // What is still under way is not read, so the connection is of no use to a next request.
  if (bytes === 'long') return refusal('ARGUMENT_INVALID', 413, `body: expected at most ${MAX_BODY_BYTES} bytes`, { connection: 'close' });
  if (bytes === 'broken') return refusal('ARGUMENT_INVALID', 400, 'body: it broke off');
  if (bytes.length === 0) return { value: {} };
  const text = decode(bytes);
  const value = text === undefined ? undefined : parse(text);
  // Not with the words of the parser: they repeat what was sent, which may be nobody else's business.
  if (text === undefined || value === undefined) return refusal('ARGUMENT_INVALID', 400, 'body: expected JSON in UTF-8');
  const fault = findFault(value, text);
  return fault === undefined ? { value } : refusal('ARGUMENT_INVALID', 400, `body: ${fault}`);
}

/** Does not cancel what it does not read: that would cut the connection before the answer. */
async function readAll({ body }: Request): Promise<Buffer | 'long' | 'broken'> {
  if (body === null) return Buffer.alloc(0);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) {
      length += next.value.length;
      if (length > MAX_BODY_BYTES) return 'long';
      pieces.push(next.value);
    }
  } catch {
    return 'broken'; // the sender went, and will not read why
  }
  return Buffer.concat(pieces);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // not UTF-8
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON, in which nothing is undefined
  }
}

function findFault(value: unknown, text: string): string | undefined {
  const keys = countKeys(value, 1);
  if (keys === 'deep') return `expected at most ${MAX_DEPTH} levels`;
  if (keys === 'proto') return 'the key "__proto__" means nothing here';
  // The parser keeps the last of several equal keys, and another reader may keep the first.
  return keys === writtenKeys(text) ? undefined : 'a key stands twice in one table';
}

function countKeys(value: unknown, depth: number): number | 'deep' | 'proto' {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) return 'deep';
  const entries = Object.entries(value);
  let count = Array.isArray(value) ? 0 : entries.length;
  for (const [key, inner] of entries) {
    if (key === '__proto__') return 'proto';
    const within = countKeys(inner, depth + 1);
    if (typeof within === 'string') return within;
    count += within;
  }
  return count;
}

/** Strings that a colon follows: in JSON, keys alone. */
const writtenKeys = (text: string): number =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs)].filter(([, colon]) => colon !== undefined).length;
