/** Sends requests to a socket and judges what is answered by what the description says of it. */
import assert from 'node:assert/strict';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Document, Schema } from '../../rig/operations.ts';
import type { FuzzRequest } from './requests.ts';

/** What came back. */
export interface FuzzAnswer {
  readonly status: number;
  readonly type: string;
  /** Of a stream its first words. */
  readonly text: string;
}

/** Sends to one socket, over connections that are kept. */
export class Sender {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Asks, and reads the answer; a stream is left after its first words. */
  async ask({ method, target, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const options = {
        socketPath: this.#socketPath,
        agent: this.#agent,
        method,
        path: target,
        headers: { host: 'localhost', ...headers, ...length },
      };
      send(options, resolve).on('error', reject).end(body);
    });
    const type = (response.headers['content-type'] ?? '').replace(/;.*$/, '');
    const pieces: Buffer[] = [];
    for await (const piece of response) {
      pieces.push(piece as Buffer);
      if (type === 'text/event-stream') break;
    }
    return { status: response.statusCode ?? 0, type, text: Buffer.concat(pieces).toString() };
  }

  /** Ends its connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Judges answers by a description. */
export class Judge {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #known = new Map<string, z.ZodType>();

  constructor({ components }: Document) {
    this.#schemas = components.schemas;
  }

  /** @throws AssertionError when the answer is none that the description has */
  judge({ operation, method, target }: FuzzRequest, { status, type, text }: FuzzAnswer): void {
    assert.ok(status < 500 || status === 503 || status === 504, `${method} ${target}: ${status} ${text}`);
    if (method === 'HEAD') return assert.equal(text, '');
    const said = operation.responses[String(status)] ?? operation.responses['default'];
    const schema = said?.content?.[type]?.schema;
    assert.ok(schema, `${method} ${target}: ${status} ${type} is not described`);
    if (!/[/+]json$/.test(type)) return;
    const value: unknown = JSON.parse(text);
    if (type === 'application/problem+json') assert.equal((value as { status: unknown }).status, status);
    const result = this.#typeOf(schema).safeParse(value);
    assert.ok(result.success, `${method} ${target}: ${String(result.error)}\n${text.slice(0, 2_000)}`);
  }

  #typeOf(schema: Schema): z.ZodType {
    const key = JSON.stringify(schema);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const whole = JSON.stringify({ ...schema, $defs: this.#schemas }).replaceAll('#/components/schemas/', '#/$defs/');
    const type = z.fromJSONSchema(JSON.parse(whole) as Parameters<typeof z.fromJSONSchema>[0]);
    this.#known.set(key, type);
    return type;
  }
}
