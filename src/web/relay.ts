/** Hands a request on to a server behind a unix socket, and its answer back, both as they come. Judges neither. */
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { carriesBody } from './guard.ts';

/** Headers of one connection, which mean nothing on the next (RFC 9110, section 7.6.1), and those that were meant for us alone. */
const OWN: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'cookie',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Resolves when the answer is handed back, or whoever asked has gone, which ends the request behind as well.
 * @throws Error where nothing was answered; nothing is handed back then
 */
export async function relay(incoming: IncomingMessage, outgoing: ServerResponse, socketPath: string): Promise<void> {
  const { method, url } = incoming;
  const behind = send({ socketPath, method, path: url, headers: handedOn(incoming, carriesBody(incoming)), agent: false });
  outgoing.once('close', () => behind.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    // An answer may come before all is sent, and what is sent then has no reader: the answer counts.
    behind.once('response', resolve).on('error', reject);
  });
  behind.flushHeaders(); // it may be refused before its body comes
  if (carriesBody(incoming)) incoming.pipe(behind);
  else {
    // What stands behind the head of another one, nobody reads: handed on, it would be taken for the next request.
    incoming.resume();
    behind.end();
  }
  const answer = await answered;
  // What has not come by now nobody reads: the connection is of no use to a next request.
  const last = incoming.complete ? [] : ['connection', 'close'];
  outgoing.writeHead(answer.statusCode ?? 502, [...handedOn(answer, true), ...last]);
  outgoing.flushHeaders();
  try {
    await pipeline(answer, outgoing);
  } catch {
    // One of the two broke off. It ends the other, who hears of it by that alone: the head of the answer has gone out.
  }
}

/** The headers as they came, less those of the connection, and of the length of a body that is not handed on. */
function handedOn({ rawHeaders, headers: { connection = '' } }: IncomingMessage, hasBody: boolean): string[] {
  const own = new Set([...OWN, ...connection.split(',').map((name) => name.trim().toLowerCase()), ...(hasBody ? [] : ['content-length'])]);
  return rawHeaders.filter((_, index) => !own.has((rawHeaders[index - (index % 2)] ?? '').toLowerCase()));
}
