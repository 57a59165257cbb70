/** Serves a runner on its unix socket, and on TCP where asked to, and limits how many requests there may be and how long they take. Ends nobody's tasks. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_SOCKET_PATH_BYTES, SOCKET_NAME, TaskError, messageOf, writePrivateFile, type RunnerApi } from '../index.ts';
import { createApi, type Api } from './api.ts';
import { EventLog } from './event-log.ts';
import { toNodeListener } from './node-listener.ts';
import type { Daemon } from './routes/route.ts';
import { bearerOf, createToken } from './token.ts';

/** What `listen` takes. */
export interface ListenOptions {
  /** Path of the unix socket. @default `dirigent.sock` in the runner's folder of sockets */
  readonly socket?: string;
  /** `host:port` to listen on besides; requests carry the token of `{data_dir}/run/token`. Port 0 takes a free one. */
  readonly tcp?: string;
  /** Whether commands may be defined over TCP; over the socket they may. @default false */
  readonly allowDefine?: boolean;
  /** Names under which the TCP port is reached, besides those of the loopback. */
  readonly allowedHosts?: readonly string[];
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

const MAX_CONNECTIONS = 256;
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
  const daemon = options.daemon === undefined ? {} : { daemon: options.daemon };
  const servers: Server[] = [];
  const end = {
    retire: () => servers.forEach((server) => server.close()),
    close: () => closeAll(servers, EventLog.of(runner).isClosing),
  };
  try {
    servers.push(await listenOnSocket(createApi(runner, { ...daemon, allowDefine: true }), socket));
    if (tcp === undefined) return { socket, url: null, tokenFile: null, ...end };
    const token = createToken();
    const tokenFile = writePrivateFile(runner.paths.runDir(), 'token', `${token}\n`);
    const { allowDefine = false, allowedHosts = [] } = options;
    const api = createApi(runner, { ...daemon, allowDefine, authorize: bearerOf(token), allowedHosts: [...allowedHosts, tcp.host] });
    const server = await listenOnPort(api, tcp);
    servers.push(server);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : tcp.port;
    return { socket, url: `http://${tcp.host}:${port}`, tokenFile, ...end };
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

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

async function listenOnSocket(api: Api, path: string): Promise<Server> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES || path.includes('\0')) {
    const message = `listen: socket: expected a path of at most ${MAX_SOCKET_PATH_BYTES} bytes without NUL, got ${bytes}: ${JSON.stringify(path)}`;
    throw new TaskError('ARGUMENT_INVALID', message);
  }
  if (await isAnswered(path)) throw new TaskError('DATA_DIR_BUSY', `${path}: somebody listens there already; stop it first`);
  rmSync(path, { force: true }); // of a process that is gone: the lock on the data directory is ours
  const server = createApiServer(api);
  // The mode of a new socket comes from the umask, which tasks inherit: so it is narrowed for this call alone.
  const umask = process.umask(0o177);
  const listening = started(server, () => server.listen(path));
  process.umask(umask);
  await listening;
  chmodSync(path, 0o600);
  return server;
}

async function listenOnPort(api: Api, { host, port }: Address): Promise<Server> {
  const server = createApiServer(api);
  await started(server, () => server.listen(port, host.replace(/^\[|\]$/g, '')));
  return server;
}

function started(server: Server, listenNow: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new TaskError(error.code === 'EADDRINUSE' ? 'DATA_DIR_BUSY' : 'ARGUMENT_INVALID', `listen: ${messageOf(error)}`, { cause: error }),
      ),
    );
    listenNow();
  });
}

/** Whether a process answers on a socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function createApiServer(api: Api): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: true,
      keepAlive: true,
    },
    toNodeListener(api),
  );
  server.maxConnections = MAX_CONNECTIONS;
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
