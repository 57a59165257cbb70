/** A runner that is served on its socket and on TCP, and requests to it written as they are: what a client library would tidy up goes out. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { listen, type Listening, type ListenOptions } from '../../src/http/index.ts';
import type { TaskDefinition, TaskRunner } from '../../src/index.ts';
import { atEnd } from './cleanup.ts';
import { openRunner } from './project.ts';

/** A runner that is served. */
export interface Served {
  readonly runner: TaskRunner;
  readonly listening: Listening;
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly token: string;
  /** Headers of a request over TCP that nothing is wrong with. */
  readonly right: readonly (readonly [string, string])[];
}

/** Serves a runner with these tasks on its socket and a free port; both end with the test. */
export async function serve(
  t: TestContext,
  tasks: Readonly<Record<string, Omit<TaskDefinition, 'name'>>> = {},
  options: ListenOptions = {},
): Promise<Served> {
  const runner = await openRunner(t, tasks);
  const listening = await listen(runner, { tcp: '127.0.0.1:0', ...options });
  atEnd(t, () => listening.close());
  if (listening.url === null || listening.tokenFile === null) throw new Error('it listens on no port');
  const { host, port } = new URL(listening.url);
  const token = readFileSync(listening.tokenFile, 'utf8').trim();
  const right = [['host', host] as const, ['authorization', `Bearer ${token}`] as const];
  return { runner, listening, host, port: Number(port), token, right };
}

/** What was answered. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A request; headers are sent in this order, and no others. */
export interface WireRequest {
  readonly method?: string;
  readonly target: string;
  readonly version?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
}

/** The bytes of a request. */
export function bytesOf({ method = 'GET', target, version = '1.1', headers = [], body = '' }: WireRequest): Buffer {
  const lines = [`${method} ${target} HTTP/${version}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n')), Buffer.from(body)]);
}

/** Where to: a port of this machine, or the path of a socket. */
export type Place = number | string;

/** Connects; the connection ends with the test. */
export function dial(t: TestContext, place: Place): Socket {
  const socket = typeof place === 'number' ? connect(place, '127.0.0.1') : connect(place);
  atEnd(t, () => socket.destroy());
  return socket;
}

/** Writes `bytes`, and resolves with all that comes back until the other side ends the connection. */
export function exchange(t: TestContext, place: Place, bytes: Buffer): Promise<string> {
  const socket = dial(t, place);
  socket.write(bytes);
  return received(socket);
}

/** All that comes until the other side ends the connection, or breaks it. */
export function received(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('error', () => undefined); // that it was cut shows in what is missing
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  });
}

/** Asks one thing and reads the answer, which ends the connection. */
export async function ask(t: TestContext, place: Place, request: WireRequest): Promise<WireAnswer> {
  const headers = [...(request.headers ?? []), ['connection', 'close'] as const];
  return toAnswer(await exchange(t, place, bytesOf({ ...request, headers })));
}

/** What an answer says. @throws Error where it is none */
export function toAnswer(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine) ?? [];
  if (end === -1 || status === undefined) throw new Error(`no answer: ${JSON.stringify(text.slice(0, 200))}`);
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const bytes = text.slice(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? joinChunks(bytes) : bytes;
  return { status: Number(status), headers, body: Buffer.from(body, 'latin1').toString('utf8') };
}

function joinChunks(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, end), 16);
    pieces.push(text.slice(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
  return pieces.join('');
}

/** The code of a problem. */
export const codeOf = ({ body }: WireAnswer): unknown => (body === '' ? null : (JSON.parse(body) as { code?: unknown }).code);
