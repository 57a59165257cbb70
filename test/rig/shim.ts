/** A real shim and a raw connection to it: what a test says is what arrives, line by line. */
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { RunEntry } from '../../src/model/run-history.ts';
import { launchShim } from '../../src/shim/launch.ts';
import { socketPath } from '../../src/shim/launch-protocol.ts';
import { PROTOCOL_VERSION, type FromShim, type SpawnMessage } from '../../src/shim/protocol.ts';
import { OwnedDir } from '../../src/util/owned-dir.ts';
import { atEnd } from './cleanup.ts';
import { shimGone } from './processes.ts';
import { tempDir } from './project.ts';

/** A shim without a runner. */
export interface BareShim {
  readonly pid: number;
  readonly dataDir: string;
  /** Connects, and says hello unless told otherwise. */
  connect(options?: { readonly hello?: boolean }): Promise<RawLink>;
}

/** Starts a shim; when the test is over, it is gone. */
export async function startShim(t: TestContext): Promise<BareShim> {
  const dataDir = tempDir(t);
  const ipcDir = join(dataDir, 'run');
  const dir = OwnedDir.open(ipcDir);
  atEnd(t, () => shimGone(dataDir));
  const shim = await launchShim(
    dir,
    { dataDir, ipcDir, hostPid: process.pid, lockTimeoutMs: 0, keepRuns: 50, isRelaunch: false, pipesInUse: [] },
    () => Promise.resolve(false),
  );
  dir.close();
  atEnd(t, () => {
    closeSync(shim.lock);
    shim.detach();
  });
  const connect = async ({ hello = true } = {}): Promise<RawLink> => {
    const socket = createConnection(socketPath(ipcDir));
    atEnd(t, () => socket.destroy());
    await once(socket, 'connect');
    const link = new RawLink(socket);
    if (hello) {
      await link.next('ready');
      link.say({ type: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
    }
    return link;
  };
  return { pid: shim.pid ?? 0, dataDir, connect };
}

/** One end of a connection to a shim. */
export class RawLink {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<unknown>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = once(socket, 'close');
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Sends messages in one write. */
  say(...messages: readonly object[]): void {
    this.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  }

  /** Sends bytes as they are. */
  write(text: string): void {
    this.#socket.write(text);
  }

  /** Ends it without a word, as a process that is killed does. */
  drop(): void {
    this.#socket.destroy();
  }

  /** The next message of this type; others before it are passed over. */
  async next<T extends FromShim['type']>(type: T): Promise<Extract<FromShim, { type: T }>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`the shim ended the connection before it said ${type}`);
      const message = JSON.parse(value) as FromShim;
      if (message.type === type) return message as Extract<FromShim, { type: T }>;
      if (message.type === 'fault' || message.type === 'refused') throw new Error(`${message.type}: ${message.message}`);
    }
  }
}

/** A request for a process whose output is kept in memory. */
export const spawnMessage = (run: string, line: string): SpawnMessage => ({
  type: 'spawn',
  run,
  task: run,
  requestedAt: new Date().toISOString(),
  restarts: 0,
  command: 'sh',
  args: ['-c', line],
  cwd: '/',
  inherits: false,
  env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  output: {
    dir: null,
    rotate: false,
    maxSizeBytes: 1024,
    keep: 1,
    totalBytes: 4096,
    rotateEveryMs: 0,
    maxAgeMs: 0,
    compress: false,
    combined: false,
  },
  orphanTimeoutMs: 1_000,
  definition: {},
});

/** The line of a run that never had a process, with this verdict. */
export const runEntry = (runId: string, status: RunEntry['status']): RunEntry => ({
  runId,
  restarts: 0,
  requestedAt: new Date(0).toISOString(),
  startedAt: null,
  endedAt: new Date(1).toISOString(),
  durationMs: null,
  pid: null,
  exitCode: null,
  signal: null,
  status,
  outputComplete: true,
});
