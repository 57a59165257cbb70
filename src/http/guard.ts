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
  /** Replaced in tests. */
  readonly nowMs?: () => number;
}

/** Paths that tell nothing of the tasks, for whoever watches the process. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz']);

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Wrong tokens in a minute after which all further ones are refused unseen until the minute is over. */
const MAX_FAILURES = 30;
const FAILURES_WITHIN_MS = 60_000;

/** Checks requests. */
export class Guard {
  readonly #allowed: ReadonlySet<string>;
  readonly #authorize: GuardOptions['authorize'];
  readonly #nowMs: () => number;
  #failures: number[] = [];

  constructor({ allowedHosts = [], authorize, nowMs = () => performance.now() }: GuardOptions) {
    this.#allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#authorize = authorize;
    this.#nowMs = nowMs;
  }

  /** The answer to a request that is refused, or undefined. `path` is without the path that the API is mounted under. */
  async check(request: Request, path: string): Promise<Response | undefined> {
    return this.#checkHost(request) ?? this.#checkOrigin(request) ?? (await this.#checkSender(request, path)) ?? checkContent(request);
  }

  #checkHost(request: Request): Response | undefined {
    const host = hostOf(request);
    if (!HOST.test(host)) return refusal('ARGUMENT_INVALID', 400, `host: expected a name or an address, got ${JSON.stringify(host)}`);
    if (LOOPBACK.test(host) || this.#allowed.has(host) || this.#allowed.has(host.replace(/:\d+$/, ''))) return undefined;
    const message = `host: expected localhost, 127.0.0.1 or an allowed host, got ${JSON.stringify(host)}; add it to allowedHosts`;
    return refusal('FORBIDDEN', 421, message);
  }

  /** A browser says where a request comes from, and its user's other pages are strangers. */
  #checkOrigin(request: Request): Response | undefined {
    const origin = request.headers.get('origin');
    const host = hostOf(request);
    if (origin !== null && origin.toLowerCase() !== `http://${host}` && origin.toLowerCase() !== `https://${host}`)
      return refusal('FORBIDDEN', 403, `origin: expected that of this server, got ${JSON.stringify(origin)}`);
    const site = request.headers.get('sec-fetch-site');
    const isNavigation = request.method === 'GET' && request.headers.get('sec-fetch-mode') === 'navigate';
    if (site === null || site === 'same-origin' || (site === 'none' && isNavigation)) return undefined;
    return refusal('FORBIDDEN', 403, `sec-fetch-site: expected a request of this very site, got ${JSON.stringify(site)}`);
  }

  async #checkSender(request: Request, path: string): Promise<Response | undefined> {
    if (this.#authorize === undefined || OPEN_PATHS.has(path)) return undefined;
    const now = this.#nowMs();
    this.#failures = this.#failures.filter((at) => now - at < FAILURES_WITHIN_MS);
    if (this.#failures.length >= MAX_FAILURES) {
      const retryAfter = { 'retry-after': String(FAILURES_WITHIN_MS / 1000) };
      return refusal('LIMIT_REACHED', 429, `${MAX_FAILURES} requests without a right within a minute; wait`, retryAfter);
    }
    if (await this.#authorize(request)) return undefined;
    this.#failures.push(now);
    return refusal('UNAUTHORIZED', 401, 'expected the header "Authorization: Bearer <token>", with the token of this daemon', {
      'www-authenticate': 'Bearer',
    });
  }
}

/** What is sent must say that it is JSON: no form of a page can. */
function checkContent(request: Request): Response | undefined {
  if (!['POST', 'PUT', 'PATCH'].includes(request.method)) return undefined;
  const type = (request.headers.get('content-type') ?? '').toLowerCase();
  if (/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/.test(type)) return undefined;
  return refusal('ARGUMENT_INVALID', 415, `content-type: expected application/json, got ${type === '' ? 'none' : JSON.stringify(type)}`);
}

const hostOf = (request: Request): string => (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
