/**
 * A handler as a listener of node:http, for servers that have no Fetch handlers. What only such a server sees of a request is checked here: how many
 * hosts it names, and how it names its target. Listens nowhere itself.
 */
import { ServerResponse, type IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { refusal } from './problem.ts';
import { sendWhole } from './whole-answer.ts';

/** Answers a request of node:http. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/** A handler of requests, as the Fetch standard has them. */
export interface FetchHandler {
  fetch(request: Request): Promise<Response>;
}

/** What a handler answers that has sent its answer itself. */
export const ALREADY_SENT: Response = RESPONSE_ALREADY_SENT;

/** What a request came with. */
interface NodeExchange {
  readonly incoming: Pick<IncomingMessage, 'rawHeaders' | 'url' | 'httpVersion'>;
  readonly outgoing: unknown;
}

/** The listener of a handler such as an API, for `createServer` of node:http and whatever hands on its requests. Their body must not have been read. */
export function toNodeListener(handler: FetchHandler): NodeListener {
  const fetch = async (request: Request, { incoming, outgoing }: NodeExchange): Promise<Response> => {
    const response = refuse(incoming) ?? (await handler.fetch(request));
    return outgoing instanceof ServerResponse && sendWhole(response, outgoing) ? ALREADY_SENT : response;
  };
  const answer = getRequestListener(fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => malformed('expected a path, and a host that is a name or an address'),
  });
  return (request, response) => void answer(request, response);
}

/** What cannot be seen any more once headers are folded into a table, and the target is made an address. */
function refuse({ rawHeaders, url = '', httpVersion }: Pick<IncomingMessage, 'rawHeaders' | 'url' | 'httpVersion'>): Response | undefined {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1) return malformed(`host: expected one, got ${hosts.length}`);
  if (httpVersion !== '1.1') return malformed(`expected HTTP/1.1, got ${httpVersion}`);
  if (!url.startsWith('/') || url.startsWith('//')) return malformed('target: expected a path, got an absolute address');
  return DOTS.test(url.replace(/[?#].*$/s, '')) ? malformed('target: expected a path without "." and ".."') : undefined;
}

const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

const malformed = (message: string): Response => refusal('ARGUMENT_INVALID', 400, message, { connection: 'close' });
