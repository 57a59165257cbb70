/**
 * Requests to a daemon, over its unix socket or TCP: one connection kept for the next one, answers as JSON or bytes, events as they come.
 * What the daemon refuses is thrown as the very error it was there. Asks nothing twice.
 */
import { Agent, request as send, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ERROR_CODES, TaskError, type TaskErrorCode } from '../../index.ts';
import { EVENT_HEADER } from '../event-header.ts';

/** Where a daemon is. */
export type Endpoint =
  | { readonly socket: string }
  | {
      /** Such as `http://127.0.0.1:7411`. */
      readonly url: string;
      readonly token?: string;
    };

/** Parameters of an address; what is undefined is left out, a list is repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What is asked. */
export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that came whole. */
export interface Answer {
  readonly bytes: Buffer;
  /** Id of the last event before it. */
  readonly eventId: string | undefined;
}

/** Connections to one daemon. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #base: URL;
  readonly #agent: Agent;

  /** @throws TaskError `ARGUMENT_INVALID` */
  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#base = 'url' in endpoint ? checkedUrl(endpoint.url) : new URL('http://localhost');
    this.#agent = new Agent({ keepAlive: true });
  }

  /** Asks for JSON. @throws TaskError of the daemon, `DAEMON_UNREACHABLE`; the signal's reason */
  async json<T>(asked: Asked): Promise<{ readonly value: T; readonly eventId: string | undefined }> {
    const { bytes, eventId } = await this.bytes(asked);
    return { value: JSON.parse(bytes.toString('utf8')) as T, eventId };
  }

  /** Asks for bytes. @throws as {@link Transport.json} */
  async bytes(asked: Asked): Promise<Answer> {
    const response = await this.#send(asked, { accept: 'application/json, text/plain' });
    const bytes = await this.#readAll(response, asked.signal);
    if ((response.statusCode ?? 500) >= 400) throw toError(bytes, response.statusCode ?? 500);
    const eventId = response.headers[EVENT_HEADER];
    return { bytes, eventId: typeof eventId === 'string' ? eventId : undefined };
  }

  /** Asks for events; resolves once the daemon tells what happens from now on. @throws as {@link Transport.json} */
  async stream(asked: Asked, lastEventId?: string): Promise<AsyncGenerator<EventSourceMessage>> {
    const headers = { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const response = await this.#send(asked, headers);
    if (response.statusCode !== 200) throw toError(await this.#readAll(response, asked.signal), response.statusCode ?? 500);
    return this.#messages(response, asked.signal);
  }

  /** Until the daemon ends them. @throws TaskError `DAEMON_UNREACHABLE` where they break off */
  async *#messages(response: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<EventSourceMessage> {
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    response.setEncoding('utf8');
    try {
      for await (const text of response) {
        parser.feed(text as string);
        for (const message of messages.splice(0)) {
          if (message.event === 'end') return;
          if (message.event === 'problem') throw toError(Buffer.from(message.data), 500);
          yield message;
        }
      }
    } catch (error) {
      throw this.#toError(error, signal);
    } finally {
      response.destroy();
    }
    throw this.#unreachable('the connection ended');
  }

  /** Closes what is open. */
  close(): void {
    this.#agent.destroy();
  }

  #send({ method = 'GET', path, query = {}, body, signal }: Asked, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
    const { pathname, hostname, port } = this.#base;
    const payload = method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(body ?? {});
    const options = {
      ...('socket' in this.#endpoint ? { socketPath: this.#endpoint.socket } : { hostname: hostname.replace(/^\[|\]$/g, ''), port }),
      agent: this.#agent,
      method,
      path: `${pathname.replace(/\/$/, '')}${path}${toSearch(query)}`,
      headers: {
        ...headers,
        host: this.#base.host,
        ...('url' in this.#endpoint && this.#endpoint.token !== undefined ? { authorization: `Bearer ${this.#endpoint.token}` } : {}),
        ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const request = send(options, resolve);
      request.on('error', (error) => reject(this.#toError(error, signal)));
      request.end(payload);
    });
  }

  async #readAll(response: IncomingMessage, signal: AbortSignal | undefined): Promise<Buffer> {
    try {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      return Buffer.concat(pieces);
    } catch (error) {
      throw this.#toError(error, signal);
    }
  }

  #toError(error: unknown, signal: AbortSignal | undefined): unknown {
    if (TaskError.is(error)) return error;
    if (signal?.aborted === true) return signal.reason;
    return this.#unreachable(error instanceof Error ? error.message : String(error), error);
  }

  #unreachable(why: string, cause?: unknown): TaskError {
    const where = 'socket' in this.#endpoint ? this.#endpoint.socket : this.#base.origin;
    return new TaskError('DAEMON_UNREACHABLE', `no daemon answers at ${where} (${why}); start one: dirigent serve`, {
      cause,
      details: { where },
    });
  }
}

function checkedUrl(text: string): URL {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null);
  if (url?.protocol === 'http:') return url;
  throw new TaskError('ARGUMENT_INVALID', `connect: url: expected an address such as http://127.0.0.1:7411, got ${JSON.stringify(text)}`);
}

function toSearch(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value as string[]) search.append(name, each);
    else if (value !== undefined) search.append(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function toError(bytes: Buffer, status: number): TaskError {
  const told = parse(bytes);
  const { code = '', detail, details } = told ?? {};
  if (told === undefined || !Object.hasOwn(ERROR_CODES, code))
    return new TaskError('DAEMON_UNREACHABLE', `expected a dirigent daemon, got an answer of something else (status ${status})`);
  return new TaskError(code as TaskErrorCode, detail ?? code, { details: details ?? {} });
}

interface Told {
  readonly code?: string;
  readonly detail?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

function parse(bytes: Buffer): Told | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as Told;
  } catch {
    return undefined; // no daemon of ours
  }
}
