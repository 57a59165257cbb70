/** A host process of a test's own, so that it can be killed, starved or run as another user. Nothing here guesses: it answers or it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { OpenOptions, TaskSurvivors } from '../../src/index.ts';
import type { HostAnswer, HostCall } from '../fixtures/host.ts';
import { atEnd } from './cleanup.ts';
import { shimGone } from './processes.ts';

const HOST = fileURLToPath(new URL('../fixtures/host.js', import.meta.url));

/** How a host is started. */
export interface HostOptions {
  /** A line for `sh` that ends in `exec "$@"`, such as `umask 0; exec "$@"`. */
  readonly under?: string;
}

/** A refusal of a host, with the code of the error there. */
export class HostError extends Error {
  readonly code: string;
  readonly details: unknown;

  constructor(error: Extract<HostAnswer, { error: unknown }>['error']) {
    super(error.message);
    this.code = error.code;
    this.details = error.details;
  }
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A process with an open runner. */
export class Host {
  readonly #child: ChildProcess;
  readonly #waiters = new Map<number, Waiter>();
  #calls = 0;
  /** What it told of processes that cannot be killed. */
  readonly survivors: TaskSurvivors[] = [];
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, 'exit').then(() => {
      for (const waiter of this.#waiters.values()) waiter.reject(new Error('the host ended'));
    });
    if (child.stdout === null) throw new Error('the host has no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => this.#receive(JSON.parse(line) as HostAnswer));
  }

  /**
   * Starts a host and resolves when its runner is open; it ends with the test.
   * @throws HostError when its runner could not be opened
   */
  static async open(t: TestContext, options: OpenOptions, { under = 'exec "$@"' }: HostOptions = {}): Promise<Host> {
    const argv = ['-c', under, 'sh', process.execPath, HOST, JSON.stringify(options)];
    const host = new Host(spawn('sh', argv, { stdio: ['pipe', 'pipe', 'inherit'], detached: true }));
    const opened = new Promise((resolve, reject) => host.#waiters.set(0, { resolve, reject }));
    atEnd(t, () => host.close());
    await opened;
    // A shim whose host was killed writes its last records before it ends.
    atEnd(t, () => host.close().then(() => (options.dataDir === undefined ? undefined : shimGone(options.dataDir))));
    return host;
  }

  /** The pid of the host, which leads a process group as a shell's foreground job does. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Calls a method of the runner. Dates arrive as text. */
  ask(method: HostCall['method'], ...args: readonly unknown[]): Promise<unknown> {
    const id = (this.#calls += 1);
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, method, args } satisfies HostCall)}\n`);
    });
  }

  /** The planned end: closes the runner and ends. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }

  /** The unplanned end. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #receive(answer: HostAnswer): void {
    if ('survivors' in answer) return void this.survivors.push(answer.survivors);
    const waiter = this.#waiters.get(answer.id);
    this.#waiters.delete(answer.id);
    if ('error' in answer) waiter?.reject(new HostError(answer.error));
    else waiter?.resolve(answer.result);
  }
}
