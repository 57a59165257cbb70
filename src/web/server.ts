/** Servers of handlers on a port: how many may be connected, how long a request may take, where they are reached. Decides nothing about requests. */
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { TaskError, messageOf } from '../errors.ts';
import { DEFAULT_MAX_STREAMS } from './event-stream.ts';
import type { NodeListener } from './node-listener.ts';
import type { FaultLogger } from './problem.ts';

/** Limits of a server. */
export interface ServerOptions {
  /** Streams of events and output that each address may have open at once, beside 192 connections for everything else. @default 64 */
  readonly maxStreams?: number;
  /** How long the head of a request may take. @default 10000 */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive. @default 30000 */
  readonly requestTimeoutMs?: number;
  readonly logger?: FaultLogger;
}

/** Connections beside those of streams. */
const MAX_OTHER_CONNECTIONS = 192;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Between two looks whether a slow request is over its time. */
const TIMEOUT_CHECK_MS = 1_000;
/** Enough for the places of a thousand followed logs. */
const MAX_HEADER_BYTES = 64 * 1024;
/** How long streams that have last words may take to end. */
const LAST_WORDS_MS = 2_000;

/** A server that listens nowhere yet. */
export function createLimitedServer(listener: NodeListener, options: ServerOptions = {}): Server {
  const {
    maxStreams = DEFAULT_MAX_STREAMS,
    headersTimeoutMs = HEADERS_TIMEOUT_MS,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    logger,
  } = options;
  const server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, headersTimeoutMs, requestTimeoutMs),
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: true,
      keepAlive: true,
    },
    listener,
  );
  server.maxConnections = maxStreams + MAX_OTHER_CONNECTIONS;
  // A connection that could not be accepted, for want of descriptors: the others go on.
  server.on('error', (error) => logger?.error({ err: error }, 'the server could not accept a connection'));
  return server;
}

/** Every address of the machine by its loopback name: as the host of a request, these name none, and browsers take them for this machine. */
const ANYWHERE: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['[::]', '[::1]'],
]);

/** Where to listen. */
export interface Address {
  /** As it stands in an address of the web: in brackets for IPv6. */
  readonly host: string;
  readonly port: number;
}

/** Whether an address is every one of the machine. */
export const isAnywhere = ({ host }: Address): boolean => ANYWHERE.has(host);

/** The address that a text such as `127.0.0.1:7411` means. @throws TaskError `ARGUMENT_INVALID` */
export function parseAddress(text: string): Address {
  const [, host, digits] = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host: host.toLowerCase(), port };
  throw new TaskError('ARGUMENT_INVALID', `listen: tcp: expected host:port such as 127.0.0.1:7411, got ${JSON.stringify(text)}`);
}

/** Listens on a port, 0 for a free one. @returns where it is reached from here; @throws TaskError `DATA_DIR_BUSY` where it is taken */
export async function listenOnPort(server: Server, { host, port }: Address): Promise<string> {
  await started(server, () => server.listen(port, host.replace(/^\[|\]$/g, '')));
  const address = server.address();
  return `http://${ANYWHERE.get(host) ?? host}:${typeof address === 'object' && address !== null ? address.port : port}`;
}

/** Resolves once `listenNow` has made the server listen. @throws TaskError `ARGUMENT_INVALID`, `DATA_DIR_BUSY` where somebody listens there */
export function started(server: Server, listenNow: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'DATA_DIR_BUSY' : 'ARGUMENT_INVALID';
      reject(new TaskError(code, `listen: ${messageOf(error)}`, { cause: error }));
    };
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      resolve();
    });
    listenNow();
  });
}

/** Takes no more connections, and ends those there are; with `hasLastWords` after what is still read, for a while. */
export async function closeServers(servers: readonly Server[], hasLastWords = false): Promise<void> {
  const closed = Promise.all(servers.map(closedServer));
  if (hasLastWords) {
    const enough = new AbortController();
    const waited = delay(LAST_WORDS_MS, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([closed, waited]);
    enough.abort();
  }
  for (const server of servers) server.closeAllConnections();
  await closed;
}

function closedServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.once('close', resolve);
    if (server.listening) server.close();
    else server.getConnections((_error, count) => count === 0 && resolve());
  });
}
