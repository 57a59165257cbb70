/**
 * What every request passes before it is routed, in an order that fails closed: the host it names, where it comes from, who sends it, what
 * it carries. Against pages of other sites that a browser has open (cross-site requests, DNS rebinding) and against other users of the machine.
 */
import { refusal } from './problem.ts';

/** Who may ask. */
export interface GuardOptions {
  /** Hosts that requests may name, besides those of the loopback: `name`, or `name:port`. */
  readonly allowedHosts?: readonly string[];
  /** Whether the sender may ask; undefined: whoever reaches the handler may. */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>;
  /** Which token is meant, for those who have none. @default 'the token of this daemon' */
  readonly tokenMeant?: string;
  /** Paths that tell nothing to whoever asks without a right; asked for with parameters, they are not open. @default none */
  readonly isOpen?: (path: string) => boolean;
  /** Replaced in tests. */
  readonly nowMs?: () => number;
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Requests without a right in a minute, after which further ones are told to wait. */
const MAX_FAILURES = 30;
const FAILURES_WITHIN_MS = 60_000;

/** Checks requests. */
export class Guard {
  readonly #allowed: ReadonlySet<string>;
  readonly #authorize: GuardOptions['authorize'];
  readonly #tokenMeant: string;
  readonly #isOpen: (path: string) => boolean;
  readonly #nowMs: () => number;
  /** When the last requests without a right came, oldest first. */
  #failures: number[] = [];

  constructor(options: GuardOptions) {
    const { allowedHosts = [], authorize, tokenMeant = 'the token of this daemon', isOpen = () => false } = options;
    this.#allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#authorize = authorize;
    this.#tokenMeant = tokenMeant;
    this.#isOpen = isOpen;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** The answer to a request that is refused, or undefined. `path` is without the path that the API is mounted under; undefined is none of ours. */
  async check(request: Request, path: string | undefined): Promise<Response | undefined> {
    const { host, search } = new URL(request.url);
    const named = (request.headers.get('host') ?? host).toLowerCase();
    const isOpen = path !== undefined && search === '' && this.#isOpen(path);
    return (
      this.#checkHost(named) ??
      this.#checkHost(host) ??
      checkOrigin(request, named, isOpen) ??
      (isOpen ? undefined : await this.#checkSender(request)) ??
      checkContent(request)
    );
  }

  /** The address and the header may differ, and whoever serves the handler may go by either. */
  #checkHost(host: string): Response | undefined {
    if (!HOST.test(host)) return refusal('ARGUMENT_INVALID', 400, `host: expected a name or an address, got ${JSON.stringify(host)}`);
    if (LOOPBACK.test(host) || this.#allowed.has(host) || this.#allowed.has(host.replace(/:\d+$/, ''))) return undefined;
    const message = `host: expected localhost, 127.0.0.1 or an allowed host, got ${JSON.stringify(host)}; add it to allowedHosts`;
    return refusal('FORBIDDEN', 421, message);
  }

  /** Whoever has the right is let in however many have not: strangers must not be able to lock the door. */
  async #checkSender(request: Request): Promise<Response | undefined> {
    if (this.#authorize === undefined || (await this.#authorize(request))) return undefined;
    const now = this.#nowMs();
    this.#failures = this.#failures.filter((at) => now - at < FAILURES_WITHIN_MS);
    const [oldest = now] = this.#failures;
    if (this.#failures.length >= MAX_FAILURES) {
      const retryAfter = { 'retry-after': String(Math.ceil((oldest + FAILURES_WITHIN_MS - now) / 1000)) };
      return refusal('LIMIT_REACHED', 429, `${MAX_FAILURES} requests without a right within a minute; wait`, retryAfter);
    }
    this.#failures.push(now);
    const message = `expected the header "Authorization: Bearer <token>", with ${this.#tokenMeant}`;
    return refusal('UNAUTHORIZED', 401, message, { 'www-authenticate': 'Bearer' });
  }
}

/** A browser says where a request comes from, and its user's other pages are strangers: they may lead here, to what is open to everyone. */
function checkOrigin(request: Request, host: string, isOpen: boolean): Response | undefined {
  const origin = request.headers.get('origin')?.toLowerCase();
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return refusal('FORBIDDEN', 403, `origin: expected that of this server, got ${JSON.stringify(origin)}`);
  const site = request.headers.get('sec-fetch-site');
  const isNavigation = request.method === 'GET' && request.headers.get('sec-fetch-mode') === 'navigate';
  if (site === null || site === 'same-origin' || (isNavigation && (site === 'none' || isOpen))) return undefined;
  return refusal('FORBIDDEN', 403, `sec-fetch-site: expected a request of this very site, got ${JSON.stringify(site)}`);
}

/** What is sent must say that it is JSON: no form of a page can. */
function checkContent(request: Request): Response | undefined {
  if (!carriesBody(request)) return undefined;
  const type = (request.headers.get('content-type') ?? '').toLowerCase();
  if (/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/.test(type)) return undefined;
  return refusal('ARGUMENT_INVALID', 415, `content-type: expected application/json, got ${type === '' ? 'none' : JSON.stringify(type)}`);
}

/** Whether what a request carries means something; that of others is not read. */
export const carriesBody = ({ method = '' }: { readonly method?: string | undefined }): boolean =>
  ['POST', 'PUT', 'PATCH'].includes(method);
