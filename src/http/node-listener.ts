/**
 * An API as a listener of node:http, for servers that have no Fetch handlers. What only such a server sees of a request is checked here: how many
 * hosts it names, and how it names its target. Listens nowhere itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Api } from './api.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** Answers a request of node:http. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The listener of an API, for `createServer` of node:http and whatever hands on its requests. Their body must not have been read. */
export function toNodeListener(api: Api): NodeListener {
  const answer = getRequestListener((request) => api.fetch(request), { overrideGlobalObjects: false });
  return (request, response) => {
    const problem = findFault(request);
    if (problem === undefined) void answer(request, response);
    else refuse(response, problem);
  };
}

/** What cannot be seen any more once headers are folded into a table. */
function findFault({ rawHeaders, url = '', httpVersion }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1) return `host: expected one, got ${hosts.length}`;
  if (httpVersion !== '1.1') return `expected HTTP/1.1, got ${httpVersion}`;
  return url.startsWith('/') && !url.startsWith('//') ? undefined : 'target: expected a path, got an absolute address';
}

function refuse(response: ServerResponse, detail: string): void {
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'argument invalid',
    status: 400,
    code: 'ARGUMENT_INVALID',
    detail,
    details: {},
  });
  response.writeHead(400, { 'content-type': PROBLEM_TYPE, connection: 'close' });
  response.end(body);
}
