/**
 * Requests to a daemon, over its unix socket or TCP: answers as JSON or bytes, events as they come. What the daemon refuses is thrown as the very
 * error it was there. Asks for nothing twice but what changes nothing.
 */
import { Agent, request as send, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
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
  /** Whether the answer may take as long as a task does: such a request keeps no other one waiting. */
  readonly isLong?: boolean;
}

/** An answer that came whole. */
export interface Answer {
  readonly bytes: Buffer;
  /** Id of the last event before it. */
  readonly eventId: string | undefined;
  /** Why nothing was done. */
  readonly problem: TaskError | undefined;
}

/** The JSON of an answer. @throws TaskError that it holds instead; `DAEMON_UNREACHABLE` where it is none */
export function valueOf<T>({ bytes, problem }: Answer): T {
  const value = problem === undefined ? (parse(bytes) as T | undefined) : undefined;
  if (value === undefined) throw problem ?? stranger(200);
  return value;
}

/** Connections that are kept for reads, and used by commands at the same time; a daemon takes 256. */
const MAX_KEPT = 16;
const MAX_COMMANDS = 64;

/** Connections to one daemon. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #base: URL;
  readonly #kept = new Agent({ keepAlive: true, maxSockets: MAX_KEPT });
  /** A kept connection may be closed by the other side just when it is used, and then nobody knows whether a command was heard: each has its own. */
  readonly #commands = new Agent({ maxSockets: MAX_COMMANDS });
  readonly #long = new Agent();
  readonly #underWay = new Set<ClientRequest>();
  #isClosed = false;

  /** @throws TaskError `ARGUMENT_INVALID` */
  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#base = 'url' in endpoint ? checkedUrl(endpoint.url) : new URL('http://localhost');
  }

  /** Whether it was closed here. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Asks for JSON. @throws TaskError of the daemon, `DAEMON_UNREACHABLE`; the signal's reason */
  async json<T>(asked: Asked): Promise<{ readonly value: T; readonly eventId: string | undefined }> {
    const answer = await this.ask(asked);
    return { value: valueOf<T>(answer), eventId: answer.eventId };
  }

  /** Asks, and gives a refusal as an answer, too: that also tells how far things are. @throws as {@link Transport.json}, for want of an answer */
  async ask(asked: Asked): Promise<Answer> {
    const response = await this.#send(asked, { accept: 'application/json, text/plain' });
    const bytes = await this.#readAll(response, asked.signal);
    const { statusCode = 500, headers } = response;
    const eventId = headers[EVENT_HEADER];
    return {
      bytes,
      eventId: typeof eventId === 'string' ? eventId : undefined,
      problem: statusCode < 400 ? undefined : toError(bytes, statusCode),
    };
  }

  /** Asks for events; resolves once the daemon tells what happens from now on. @throws as {@link Transport.json} */
  async stream(asked: Asked, lastEventId?: string): Promise<AsyncGenerator<EventSourceMessage>> {
    const headers = { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const response = await this.#send({ ...asked, isLong: true }, headers);
    if (response.statusCode !== 200 || !/^text\/event-stream\b/.test(response.headers['content-type'] ?? ''))
      throw toError(await this.#readAll(response, asked.signal), response.statusCode ?? 500);
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
    throw this.#toError(new Error('the connection ended'), signal);
  }

  /** Ends every connection; whoever still waits for an answer gets `RUNNER_CLOSED`. */
  close(): void {
    this.#isClosed = true;
    for (const request of this.#underWay) request.destroy();
    for (const agent of [this.#kept, this.#commands, this.#long]) agent.destroy();
  }

  async #send(asked: Asked, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
    const { method = 'GET', isLong = false, signal } = asked;
    const agent = isLong ? this.#long : method === 'GET' ? this.#kept : this.#commands;
    const sent = this.#open(asked, headers, agent);
    try {
      return await sent.answered;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isStale = sent.request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
      if (!isStale || this.#isClosed) throw this.#toError(error, signal);
      return await this.#send({ ...asked, isLong: true }, headers);
    }
  }

  #open(
    asked: Asked,
    headers: OutgoingHttpHeaders,
    agent: Agent,
  ): { readonly request: ClientRequest; readonly answered: Promise<IncomingMessage> } {
    const { method = 'GET', body, signal } = asked;
    if (this.#isClosed) throw this.#toError(undefined, signal);
    const payload = method === 'GET' || method === 'DELETE' ? undefined : toJson(body ?? {});
    const request = send({ ...this.#optionsOf(asked, headers, payload), agent, ...(signal === undefined ? {} : { signal }) });
    this.#underWay.add(request);
    request.on('close', () => this.#underWay.delete(request));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
    });
    request.end(payload);
    return { request, answered };
  }

  #optionsOf({ method, path, query = {} }: Asked, headers: OutgoingHttpHeaders, payload: string | undefined): RequestOptions {
    const { pathname, hostname, port, host } = this.#base;
    return {
      ...('socket' in this.#endpoint ? { socketPath: this.#endpoint.socket } : { hostname: hostname.replace(/^\[|\]$/g, ''), port }),
      method,
      path: `${pathname.replace(/\/$/, '')}${path}${toSearch(query)}`,
      headers: {
        ...headers,
        host,
        ...('url' in this.#endpoint && this.#endpoint.token !== undefined ? { authorization: `Bearer ${this.#endpoint.token}` } : {}),
        ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    };
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
    if (this.#isClosed) return new TaskError('RUNNER_CLOSED', 'the connection to the daemon is closed; connect anew');
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

/** JSON has no functions, and no infinity: what cannot be sent is not left out in silence. @throws TaskError `ARGUMENT_INVALID` */
function toJson(body: unknown): string {
  return JSON.stringify(body, (key, value: unknown) => {
    if (
      typeof value === 'function' ||
      typeof value === 'symbol' ||
      typeof value === 'bigint' ||
      (typeof value === 'number' && !Number.isFinite(value))
    )
      throw new TaskError('ARGUMENT_INVALID', `${key}: expected what JSON can hold, since a daemon is asked; got ${String(value)}`);
    return value;
  });
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
  if (told === undefined || !Object.hasOwn(ERROR_CODES, code)) return stranger(status);
  return new TaskError(code as TaskErrorCode, detail ?? code, { details: details ?? {} });
}

const stranger = (status: number): TaskError =>
  new TaskError('DAEMON_UNREACHABLE', `expected a dirigent daemon, got an answer of something else (status ${status})`);

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
