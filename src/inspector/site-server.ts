/** Listens for browsers of this machine, and shows them what a site shows. Whoever opens its address first, within a minute, is let in. */
import { TaskError } from '../errors.ts';
import { toNodeListener } from '../web/node-listener.ts';
import { closeServers, createLimitedServer, listenOnPort } from '../web/server.ts';
import { Session } from '../web/session.ts';
import { createSite, type Exhibit } from './site.ts';

/** Where to listen. */
export interface SiteOptions {
  /** @default a free one */
  readonly port?: number;
  /** A loopback address. @default '127.0.0.1' */
  readonly host?: string;
}

/** A site that is served. */
export interface ServedSite {
  /** Address of the page, with a ticket that is good once, for a minute; each time it is read, a new one. */
  readonly url: string;
  /** Takes no more connections, and cuts those there are. */
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

/**
 * Serves an exhibit. The process may end while it does.
 * @throws TaskError `ARGUMENT_INVALID` for a host that others reach, or a port that cannot be; `DATA_DIR_BUSY` for one that is taken
 */
export async function serveSite(exhibit: Exhibit, { port = 0, host = '127.0.0.1' }: SiteOptions = {}): Promise<ServedSite> {
  if (!LOOPBACK.has(host))
    throw new TaskError('ARGUMENT_INVALID', `listen: host: expected a loopback address such as 127.0.0.1, got ${JSON.stringify(host)}`);
  const session = new Session({ advice: 'read the url of the inspector again' });
  const server = createLimitedServer(toNodeListener({ fetch: createSite(exhibit, session) }));
  const url = await listenOnPort(server, { host: host === '::1' ? '[::1]' : host, port });
  server.unref();
  return {
    get url() {
      return session.ticketUrl(url);
    },
    close: () => closeServers([server]),
  };
}
