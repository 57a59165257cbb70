/**
 * Answers whose body is at hand. As a `Response` the body is a stream, which costs more to read than a short answer costs to find, and
 * copies a long one; so the body is kept beside it for our own server, which writes it as it is. Nothing here waits for a reader.
 */
import type { ServerResponse } from 'node:http';

const bodies = new WeakMap<Response, string | Buffer>();

/** An answer with this body, which nobody changes any more. */
export function wholeAnswer(body: string | Buffer, status: number, headers: Readonly<Record<string, string>>): Response {
  const response = new Response(typeof body === 'string' ? body : streamOf(body), { status, headers });
  bodies.set(response, body);
  return response;
}

/** Of bytes themselves a copy would be made. */
const streamOf = (bytes: Buffer): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });

/** Writes the whole of an answer; false for one whose body is not at hand. */
export function sendWhole(response: Response, outgoing: ServerResponse): boolean {
  const body = bodies.get(response);
  if (body === undefined) return false;
  outgoing.setHeaders(response.headers);
  outgoing.writeHead(response.status, { 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
  return true;
}
