/**
 * An API as a listener of node:http, for servers that have no Fetch handlers. What only such a server sees of a request is checked here: how many
 * hosts it names, and how it names its target. Listens nowhere itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Api } from './api.ts';
import { refusal } from './problem.ts';

/** Answers a request of node:http. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The listener of an API, for `createServer` of node:http and whatever hands on its requests. Their body must not have been read. */
export function toNodeListener(api: Api): NodeListener {
  const answer = getRequestListener(async (request, { incoming }) => refuse(incoming) ?? api.fetch(request), {
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
