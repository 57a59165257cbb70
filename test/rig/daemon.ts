/** Daemons of a test's own, to be ended, killed and replaced; and a way to them that can be cut. Nothing here guesses: it answers or it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, type RemoteRunner } from '../../src/http/index.ts';
import { TaskRunner } from '../../src/index.ts';
import type { DaemonAnswer, DaemonOptions } from '../fixtures/daemon.ts';
import { atEnd } from './cleanup.ts';
import { shimGone } from './processes.ts';

const DAEMON = fileURLToPath(new URL('../fixtures/daemon.js', import.meta.url));

/** A process that serves a runner. */
export interface TestDaemon {
  readonly pid: number;
  /** Where it listens on TCP; empty without. */
  readonly url: string;
  /** The token for that. */
  readonly token: string;
  /** The planned end. Resolves with its exit code when it is gone. */
  close(tasks?: 'stop' | 'keep'): Promise<number | null>;
  /** The unplanned end. */
  kill(): Promise<void>;
}

/** Starts a daemon and resolves when it listens; it ends with the test, and its tasks with it. */
export async function startDaemon(t: TestContext, options: DaemonOptions & { readonly dataDir: string }): Promise<TestDaemon> {
  const child = spawn(process.execPath, [DAEMON, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let isKept = false;
  const close = async (tasks: 'stop' | 'keep' = 'stop'): Promise<number | null> => {
    if (tasks === 'keep') isKept = true;
    if (child.exitCode === null && child.signalCode === null) child.stdin.end(`${tasks}\n`);
    return (await ended)[0];
  };
  atEnd(t, async () => {
    await close();
    // What a daemon left that was not replaced, because the test failed, is ended by another one.
    if (isKept) await TaskRunner.open({ dataDir: options.dataDir }).then((runner) => runner.close());
    await shimGone(options.dataDir);
  });
  const answer = await firstAnswer(child);
  if ('code' in answer) throw new Error(`the daemon could not be opened: ${answer.code}`);
  const { url, tokenFile } = answer;
  const kill = async (): Promise<void> => {
    isKept = true;
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid ?? 0, url: url ?? '', token: tokenFile === null ? '' : readFileSync(tokenFile, 'utf8').trim(), close, kill };
}

async function firstAnswer({ stdout }: ChildProcess): Promise<DaemonAnswer> {
  if (stdout === null) throw new Error('the daemon has no stdout');
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as DaemonAnswer;
  throw new Error('the daemon ended before it listened');
}

/** Connects to the daemon of a data directory; closed after the test. */
export async function connected(t: TestContext, dataDir: string): Promise<RemoteRunner> {
  const remote = await connect({ dataDir });
  atEnd(t, () => remote.close());
  return remote;
}

/** A way to a server that can be interrupted. */
export interface Cable {
  /** Its near end. */
  readonly url: string;
  /** Cuts all connections; those that come while it is cut are refused. */
  cut(): void;
  /** Lets connections through again. */
  mend(): void;
  /** Leads to another place from now on. */
  lead(place: number | string): void;
  /** Resolves with the path of the next request that passes. */
  nextRequest(): Promise<string>;
  /** How many connections there were. */
  readonly count: number;
}

/** Lays a cable to a socket, or a port of this machine. */
export async function layCable(t: TestContext, first: number | string): Promise<Cable> {
  let place = first;
  const open = new Set<Socket>();
  const waiting: ((path: string) => void)[] = [];
  let isCut = false;
  let count = 0;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    count += 1;
    const far = typeof place === 'number' ? connectSocket(place, '127.0.0.1') : connectSocket(place);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined); // a cut
      one.on('close', () => open.delete(one) && other.destroy());
      one.pipe(other);
    }
    near.on('data', (data: Buffer) => {
      const [, path] = /^[A-Z]+ (\S+) HTTP/.exec(data.toString('latin1')) ?? [];
      if (path !== undefined) for (const resolve of waiting.splice(0)) resolve(path);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    isCut = true;
    for (const one of open) one.destroy();
  };
  atEnd(t, async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    cut,
    mend: () => (isCut = false),
    lead: (next) => (place = next),
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    get count() {
      return count;
    },
  };
}
