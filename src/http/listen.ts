/** Serves a runner on its unix socket, and on TCP where asked to, and limits how many requests there may be and how long they take. Ends nobody's tasks. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { MAX_SOCKET_PATH_BYTES, SOCKET_NAME, TaskError, messageOf, writePrivateFile, type RunnerApi } from '../index.ts';
import { createApi, type Api, type ApiOptions } from './api.ts';
import { EventLog } from './event-log.ts';
import { DEFAULT_MAX_STREAMS } from './event-stream.ts';
import { toNodeListener } from './node-listener.ts';
import type { Daemon } from './routes/route.ts';
import { bearerOf, createToken } from './token.ts';

/** What `listen` takes. */
export interface ListenOptions extends Pick<ApiOptions, 'logger'> {
  /** Path of the unix socket. @default `dirigent.sock` in the runner's folder of sockets */
  readonly socket?: string;
  /** `host:port` to listen on besides; requests carry the token of `{data_dir}/run/token`. Port 0 takes a free one. */
  readonly tcp?: string;
  /** Whether commands may be defined over TCP; over the socket they may. @default false */
  readonly allowDefine?: boolean;
  /** Names under which the TCP port is reached, besides those of the loopback and the one in `tcp`. */
  readonly allowedHosts?: readonly string[];
  /** Streams of events and output that each address may have open at once, beside 192 connections for everything else. @default 64 */
  readonly maxStreams?: number;
  /** How long the head of a request may take. @default 10000 */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** The daemon, if this is one. */
  readonly daemon?: Daemon;
}

/** A runner that is served. */
export interface Listening {
  readonly socket: string;
  /** Such as `http://127.0.0.1:7411`; null without TCP. */
  readonly url: string | null;
  /** File with the token; null without TCP. */
  readonly tokenFile: string | null;
  /** Takes no more connections, and gives up its socket and its port; what is asked or followed already goes on. */
  retire(): void;
  /** Stops serving. Streams are cut; those of a runner that is closed may be read to their end before, for 2 s. */
  close(): Promise<void>;
}

/** Connections beside those of streams. */
const MAX_OTHER_CONNECTIONS = 192;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Between two looks whether a slow request is over its time. */
const TIMEOUT_CHECK_MS = 1_000;
/** How long the streams of a closed runner may take to end. */
const LAST_WORDS_MS = 2_000;
/** Enough for the places of a thousand followed logs. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Serves `runner` until it is closed.
 * @throws TaskError `ARGUMENT_INVALID` for an address that cannot be, `DATA_DIR_BUSY` for one that is taken
 */
export async function listen(runner: RunnerApi, options: ListenOptions = {}): Promise<Listening> {
  const socket = options.socket ?? join(runner.paths.ipcDir(), SOCKET_NAME);
  const tcp = options.tcp === undefined ? undefined : parseAddress(options.tcp);
  const { daemon, logger, maxStreams = DEFAULT_MAX_STREAMS, allowDefine = false, allowedHosts = [] } = options;
  const common = { maxStreams, ...(daemon === undefined ? {} : { daemon }), ...(logger === undefined ? {} : { logger }) };
  const servers: Server[] = [];
  const end = {
    retire: () => servers.forEach((server) => server.close()),
    close: () => closeAll(servers, EventLog.of(runner).isClosing),
  };
  try {
    const local = createApiServer(createApi(runner, { ...common, allowDefine: true }), options);
    await listenOnSocket(local, socket);
    servers.push(local);
    if (tcp === undefined) return { socket, url: null, tokenFile: null, ...end };
    const token = createToken();
    const tokenFile = writePrivateFile(runner.paths.runDir(), 'token', `${token}\n`);
    const hosts = ANYWHERE.has(tcp.host) ? allowedHosts : [...allowedHosts, tcp.host];
    const server = createApiServer(createApi(runner, { ...common, allowDefine, authorize: bearerOf(token), allowedHosts: hosts }), options);
    const url = await listenOnPort(server, tcp);
    servers.push(server);
    return { socket, url, tokenFile, ...end };
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

/** Every address of the machine by its loopback name: as the host of a request, these name none, and browsers take them for this machine. */
const ANYWHERE: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['[::]', '[::1]'],
]);

interface Address {
  /** As it stands in an address of the web: in brackets for IPv6. */
  readonly host: string;
  readonly port: number;
}

/** @throws TaskError `ARGUMENT_INVALID` */
function parseAddress(text: string): Address {
  const [, host, digits] = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host: host.toLowerCase(), port };
  throw new TaskError('ARGUMENT_INVALID', `listen: tcp: expected host:port such as 127.0.0.1:7411, got ${JSON.stringify(text)}`);
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES || path.includes('\0')) {
    const message = `listen: socket: expected a path of at most ${MAX_SOCKET_PATH_BYTES} bytes without NUL, got ${bytes}: ${JSON.stringify(path)}`;
    throw new TaskError('ARGUMENT_INVALID', message);
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
    throw new TaskError('ARGUMENT_INVALID', `listen: socket: ${path} is there and is no socket; remove it, or name another path`);
  if (!(await isLeftBehind(path))) throw new TaskError('DATA_DIR_BUSY', `${path}: somebody listens there already; stop it first`);
  rmSync(path, { force: true }); // of a process that is gone: the lock on the data directory is ours
  await started(server, () => listenNarrowly(server, path));
  chmodSync(path, 0o600);
}

/**
 * The mode of a new socket comes from the umask, which tasks inherit: so it is narrowed for this call alone. A thread cannot do that; until
 * the mode is set there, the mode of the folder alone keeps others away.
 */
function listenNarrowly(server: Server, path: string): void {
  if (!isMainThread) return void server.listen(path);
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
}

/** @returns where it is reached from here */
async function listenOnPort(server: Server, { host, port }: Address): Promise<string> {
  await started(server, () => server.listen(port, host.replace(/^\[|\]$/g, '')));
  const address = server.address();
  return `http://${ANYWHERE.get(host) ?? host}:${typeof address === 'object' && address !== null ? address.port : port}`;
}

function started(server: Server, listenNow: () => void): Promise<void> {
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

/** Whether nobody answers there. One that is too busy to answer is somebody. */
function isLeftBehind(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ENOENT' || code === 'ECONNREFUSED'));
  });
}

function createApiServer(api: Api, options: ListenOptions): Server {
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
    toNodeListener(api),
  );
  server.maxConnections = maxStreams + MAX_OTHER_CONNECTIONS;
  // A connection that could not be accepted, for want of descriptors: the others go on.
  server.on('error', (error) => logger?.error({ err: error }, 'the API could not accept a connection'));
  return server;
}

/** What a closed runner had to say is still read, for a while. */
async function closeAll(servers: readonly Server[], isClosing = false): Promise<void> {
  const closed = Promise.all(servers.map(closedServer));
  if (isClosing) {
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
