/** A bridge as a browser comes to it, before a daemon or before a server that is scripted by the test. Ends with the test. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { openBridge, type Bridge, type BridgeOptions } from '../../src/http/index.ts';
import { DirigentPaths, SOCKET_NAME } from '../../src/index.ts';
import { atEnd } from './cleanup.ts';
import { ask, type WireAnswer, type WireRequest } from './wire.ts';

/** A bridge, and the right to pass it. */
export interface Bridged {
  readonly bridge: Bridge;
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly token: string;
  /** Headers of a request that nothing is wrong with. */
  readonly right: readonly (readonly [string, string])[];
}

/** Opens a bridge to a data directory, and exchanges a ticket for a token. */
export async function bridge(t: TestContext, dataDir: string, options: Omit<BridgeOptions, 'dataDir'> = {}): Promise<Bridged> {
  const opened = await openBridge({ dataDir, ...options });
  atEnd(t, () => opened.close());
  const { host, port } = new URL(opened.url);
  const { body } = await redeem(t, Number(port), ticketIn(opened.ticketUrl()));
  const { token } = JSON.parse(body) as { token: string };
  const right = [['host', host] as const, ['authorization', `Bearer ${token}`] as const];
  return { bridge: opened, host, port: Number(port), token, right };
}

/** The ticket in an address. */
export function ticketIn(url: string): string {
  const [, ticket] = /#ticket=([\w-]+)$/.exec(url) ?? [];
  assert.ok(ticket !== undefined, url);
  return ticket;
}

/** Exchanges a ticket. */
export function redeem(t: TestContext, port: number, ticket: string, headers: WireRequest['headers'] = []): Promise<WireAnswer> {
  const body = JSON.stringify({ ticket });
  const own = [
    ['host', `127.0.0.1:${port}`] as const,
    ['content-type', 'application/json'] as const,
    ['content-length', String(body.length)] as const,
  ];
  return ask(t, port, { method: 'POST', target: '/api/v1/session', headers: [...own, ...headers], body });
}

/** Listens in place of a daemon. */
export async function standIn(t: TestContext, dataDir: string, listener: RequestListener): Promise<void> {
  const socket = join(new DirigentPaths(dataDir).ipcDir(), SOCKET_NAME);
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  const server = createServer(listener).listen(socket);
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
}
