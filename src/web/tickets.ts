/** Tickets, each of which lets one in, once, for a minute: short-lived, since an address is seen by others sooner or later. Gives nothing in return itself. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createToken } from './token.ts';

/** How long a ticket may lie. */
export const TICKET_LIFETIME_MS = 60_000;
/** Tickets that are valid at a time; the oldest one gives way. */
const MAX_TICKETS = 16;

interface Ticket {
  readonly digest: Buffer;
  readonly endsAtMs: number;
}

/** The tickets of one server. */
export class Tickets {
  readonly #nowMs: () => number;
  #valid: Ticket[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** A new one. */
  issue(): string {
    const ticket = createToken();
    this.#valid = [...this.#valid, { digest: digest(ticket), endsAtMs: this.#nowMs() + TICKET_LIFETIME_MS }].slice(-MAX_TICKETS);
    return ticket;
  }

  /** Whether it is valid; it is not any more from then on. Each one there is is compared, in constant time. */
  redeem(given: string): boolean {
    const now = this.#nowMs();
    const asked = digest(given);
    const present = this.#valid.filter(({ endsAtMs }) => now < endsAtMs);
    this.#valid = present.filter((ticket) => !timingSafeEqual(ticket.digest, asked));
    return this.#valid.length < present.length;
  }
}

/** Of one length, whatever was given. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
