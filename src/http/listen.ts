/** Serves a runner on its unix socket, and on TCP where asked to. Ends nobody's tasks. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { MAX_SOCKET_PATH_BYTES, SOCKET_NAME, TaskError, writePrivateFile, type RunnerApi } from '../index.ts';
import { toNodeListener } from '../web/node-listener.ts';
import { closeServers, createLimitedServer, isAnywhere, listenOnPort, parseAddress, started, type ServerOptions } from '../web/server.ts';
import { bearerOf, createToken } from '../web/token.ts';
import { createApi, type ApiOptions } from './api.ts';
import { EventLog } from './event-log.ts';
import type { Daemon } from './routes/route.ts';

/** What `listen` takes. */
export interface ListenOptions extends ServerOptions {
  /** Path of the unix socket. @default `dirigent.sock` in the runner's folder of sockets */
  readonly socket?: string;
  /** `host:port` to listen on besides; requests carry the token of `{data_dir}/run/token`. Port 0 takes a free one. */
  readonly tcp?: string;
  /** Whether commands may be defined over TCP; over the socket they may. @default false */
  readonly allowDefine?: boolean;
  /** Whether events may be sent to the state machines, over either. @default false */
  readonly allowSend?: boolean;
  /** Names under which the TCP port is reached, besides those of the loopback and the one in `tcp`. */
  readonly allowedHosts?: readonly string[];
  /** What the page calls that which it shows. @default the name of the project's folder */
  readonly title?: string;
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

/**
 * Serves `runner` until it is closed.
 * @throws TaskError `ARGUMENT_INVALID` for an address that cannot be, `DATA_DIR_BUSY` for one that is taken
 */
export async function listen(runner: RunnerApi, options: ListenOptions = {}): Promise<Listening> {
  const socket = options.socket ?? join(runner.paths.ipcDir(), SOCKET_NAME);
  const tcp = options.tcp === undefined ? undefined : parseAddress(options.tcp);
  const { daemon, logger, title, maxStreams, allowDefine = false, allowSend = false, allowedHosts = [] } = options;
  const common = {
    allowSend,
    ...(title === undefined ? {} : { title }),
    ...(maxStreams === undefined ? {} : { maxStreams }),
    ...(daemon === undefined ? {} : { daemon }),
    ...(logger === undefined ? {} : { logger }),
  };
  const serverOf = (own: ApiOptions): Server => createLimitedServer(toNodeListener(createApi(runner, { ...common, ...own })), options);
  const servers: Server[] = [];
  const end = {
    retire: () => servers.forEach((server) => server.close()),
    close: () => closeServers(servers, EventLog.of(runner).isClosing),
  };
  try {
    const local = serverOf({ allowDefine: true });
    await listenOnSocket(local, socket);
    servers.push(local);
    if (tcp === undefined) return { socket, url: null, tokenFile: null, ...end };
    const token = createToken();
    const tokenFile = writePrivateFile(runner.paths.runDir(), 'token', `${token}\n`);
    const hosts = isAnywhere(tcp) ? allowedHosts : [...allowedHosts, tcp.host];
    const server = serverOf({ allowDefine, authorize: bearerOf(token), allowedHosts: hosts });
    const url = await listenOnPort(server, tcp);
    servers.push(server);
    return { socket, url, tokenFile, ...end };
  } catch (error) {
    await closeServers(servers);
    throw error;
  }
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
