/**
 * The way of a browser on this machine to a daemon's socket: the page, a session for whoever brings a ticket, and everything else handed on. Whoever
 * passes may do what the socket allows, so it listens on the loopback alone.
 */
import { join } from 'node:path';
import { DirigentPaths, SOCKET_NAME, TaskError, messageOf, type RunnerLogger } from '../index.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { daemonGone } from './daemon-gone.ts';
import { Guard } from '../web/guard.ts';
import { ALREADY_SENT, toNodeListener } from '../web/node-listener.ts';
import { Page, isPagePath } from '../web/page.ts';
import { toProblem, toToldProblem } from '../web/problem.ts';
import { relay } from '../web/relay.ts';
import { closeServers, createLimitedServer, listenOnPort } from '../web/server.ts';
import { SESSION_PATH, Session } from '../web/session.ts';

/** What `openBridge` takes. */
export interface BridgeOptions {
  /** The data directory of the daemon, which need not run yet. */
  readonly dataDir: string;
  /** @default a free one */
  readonly port?: number;
  /** Told of faults of ours. */
  readonly logger?: Pick<RunnerLogger, 'error'>;
  /** Replaced in tests. */
  readonly nowMs?: () => number;
}

/** A bridge that is open. */
export interface Bridge {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** An address of the page that lets in whoever opens it first, within a minute. */
  ticketUrl(): string;
  /** Resolves when the daemon has ended and no other one has come in its place, or the bridge is closed. */
  daemonGone(): Promise<void>;
  /** Ends it, and cuts what passes over it. */
  close(): Promise<void>;
}

/**
 * Opens a bridge.
 * @throws TaskError `DATA_DIR_BUSY` where the port is taken, `ARGUMENT_INVALID` where it is none
 */
export async function openBridge({ dataDir, port = 0, logger, nowMs }: BridgeOptions): Promise<Bridge> {
  const clock = nowMs === undefined ? {} : { nowMs };
  const session = new Session({ advice: 'dirigent open', ...clock });
  const isOpen = (path: string): boolean => path === SESSION_PATH || isPagePath(path);
  const tokenMeant = 'the token that the address of dirigent open is exchanged for';
  const guard = new Guard({ authorize: session.authorize, tokenMeant, isOpen, ...clock });
  const socket = join(new DirigentPaths(dataDir).ipcDir(), SOCKET_NAME);
  const page = new Page();
  const fetch = async (request: Request, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const refused = await guard.check(request, pathname);
    if (refused !== undefined) return refused;
    if (isPagePath(pathname)) return page.answer(request, pathname);
    return pathname === SESSION_PATH ? session.answer(request) : handOn(incoming, outgoing, socket);
  };
  const server = createLimitedServer(
    (incoming, outgoing) =>
      toNodeListener({ fetch: (request) => fetch(request, incoming, outgoing).catch((error: unknown) => toToldProblem(error, logger)) })(
        incoming,
        outgoing,
      ),
    logger === undefined ? {} : { logger },
  );
  const url = await listenOnPort(server, { host: '127.0.0.1', port });
  const closed = new AbortController();
  const close = async (): Promise<void> => {
    closed.abort();
    await closeServers([server]);
  };
  return { url, ticketUrl: () => session.ticketUrl(url), daemonGone: () => daemonGone(socket, closed.signal), close };
}

async function handOn(incoming: IncomingMessage, outgoing: ServerResponse, socket: string): Promise<Response> {
  try {
    await relay(incoming, outgoing, socket);
    return ALREADY_SENT;
  } catch (error) {
    const message = `no daemon answers at ${socket} (${messageOf(error)}); start one: dirigent serve`;
    return toProblem(new TaskError('DAEMON_UNREACHABLE', message, { cause: error }));
  }
}
