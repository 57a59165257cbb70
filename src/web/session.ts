/** The right to ask one server: a token that nobody is told but who brings a ticket. Kept in memory alone, so it ends with the server. */
import { readBody } from './body.ts';
import { SAFE_HEADERS, refusal } from './problem.ts';
import { Tickets } from './tickets.ts';
import { bearerOf, createToken } from './token.ts';
import { wholeAnswer } from './whole-answer.ts';

/** Where a ticket is exchanged. It is open: the ticket is the right. */
export const SESSION_PATH = '/api/v1/session';

/** Longest ticket that is looked at. */
const MAX_TICKET_CHARS = 512;

/** What a session is made with. */
export interface SessionOptions {
  /** How one comes by another ticket, for those whose ticket is no good, such as `dirigent open`. */
  readonly advice: string;
  /** Replaced in tests. */
  readonly nowMs?: () => number;
}

/** The session of one server. */
export class Session {
  /** Whether a request carries the token. */
  readonly authorize: (request: Request) => boolean;
  readonly #token = createToken();
  readonly #tickets: Tickets;
  readonly #advice: string;

  constructor({ advice, nowMs }: SessionOptions) {
    this.authorize = bearerOf(this.#token);
    this.#tickets = new Tickets(nowMs);
    this.#advice = advice;
  }

  /** The address of the page at `url` with a new ticket. Not even a proxy sees what is behind the `#`. */
  ticketUrl(url: string): string {
    return `${url}/#ticket=${this.#tickets.issue()}`;
  }

  /** The answer to a request for {@link SESSION_PATH}, which the guard has let pass. */
  async answer(request: Request): Promise<Response> {
    const { method } = request;
    if (method !== 'POST')
      return refusal('ARGUMENT_INVALID', 405, `${method} means nothing at ${SESSION_PATH}; POST does`, { allow: 'POST' });
    const body = await readBody(request);
    if (body instanceof Response) return body;
    const ticket = ticketIn(body.value);
    if (ticket === undefined) return refusal('ARGUMENT_INVALID', 400, 'body: expected { "ticket": "…" }');
    if (this.#tickets.redeem(ticket))
      return wholeAnswer(JSON.stringify({ token: this.#token }), 200, { ...SAFE_HEADERS, 'content-type': 'application/json' });
    return refusal('FORBIDDEN', 403, `this address was used already, or is older than a minute; for another one: ${this.#advice}`);
  }
}

function ticketIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('ticket' in value)) return undefined;
  const { ticket } = value;
  return typeof ticket === 'string' && ticket.length <= MAX_TICKET_CHARS ? ticket : undefined;
}
