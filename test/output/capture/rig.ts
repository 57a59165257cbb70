/** What the capture tests share: real FIFOs and real directories, a clock turned by hand, a worker or a session to attach to. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AttachRequest, CaptureNotices } from '../../../src/output/capture/api.ts';
import { CaptureSession } from '../../../src/output/capture/capture-session.ts';
import type { Clock } from '../../../src/output/capture/clock.ts';
import type { WriteFunction } from '../../../src/output/capture/write-fully.ts';
import type { LogKind } from '../../../src/output/layout.ts';

/** A fresh folder, removed when the test ends. */
export function scratchDir(t: Pick<TestContext, 'after'>): string {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-capture-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Names in a task's folder, but for the indexes. */
export const logNames = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => !name.endsWith('.idx'))
    .sort();

/** Whether a descriptor is open. */
export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EBADF');
    return false;
  }
}

/** A FIFO with both ends open; the read end does not block. */
export class Fifo {
  readonly readFd: number;
  readonly writeFd: number;
  /** Bytes that {@link Fifo.write} wrote. */
  writtenBytes = 0;
  #writing = true;

  constructor(path: string) {
    assert.equal(spawnSync('mkfifo', ['-m', '600', path]).status, 0);
    this.readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeFd = openSync(path, constants.O_WRONLY);
  }

  write(data: string | Buffer): void {
    const bytes = Buffer.from(data);
    assert.equal(writeSync(this.writeFd, bytes), bytes.length, 'the pipe takes it whole');
    this.writtenBytes += bytes.length;
  }

  /** Closes the write end: the reader sees the end once nobody else holds it. */
  end(): void {
    if (this.#writing) closeSync(this.writeFd);
    this.#writing = false;
  }
}

/** Both pipes of a run. */
export class Pipes {
  readonly stdout: Fifo;
  readonly stderr: Fifo;

  constructor(dir: string, run: string) {
    this.stdout = new Fifo(join(dir, `${run}.out`));
    this.stderr = new Fifo(join(dir, `${run}.err`));
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
  }

  /** Closes the read ends. @throws the system's error where somebody has done so, who was refused them */
  closeReadEnds(): void {
    closeSync(this.stdout.readFd);
    closeSync(this.stderr.readFd);
  }
}

/** Starts a child on the write ends and gives them up; resolves when it has ended. */
export function runChild(pipes: Pipes, command: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(command, args, { stdio: ['ignore', pipes.stdout.writeFd, pipes.stderr.writeFd] });
  pipes.end();
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

/** Remembers notices, and lets a test wait for one. */
export class Notices implements CaptureNotices {
  readonly growth: { task: string; kind: LogKind; end: number }[] = [];
  readonly endedRuns: string[] = [];
  /** `run watch`, or with what it failed of. */
  readonly matches: string[] = [];
  readonly warnings: string[] = [];
  #waiting: (() => void)[] = [];

  grew(task: string, kind: LogKind, end: number): void {
    this.growth.push({ task, kind, end });
    this.#wake();
  }

  ended(run: string): void {
    this.endedRuns.push(run);
    this.#wake();
  }

  matched(run: string, watch: string): void {
    this.matches.push(`${run} ${watch}`);
    this.#wake();
  }

  watchFailed(run: string, watch: string, message: string): void {
    this.matches.push(`${run} ${watch}: ${message}`);
    this.#wake();
  }

  warning(message: string): void {
    this.warnings.push(message);
    this.#wake();
  }

  /** Resolves once `condition` holds; it is asked anew at every notice. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A session in this thread, with its folder, its notices and its pipes. */
export class Rig {
  readonly root: string;
  readonly dir: string;
  readonly notices = new Notices();
  readonly session: CaptureSession;
  readonly clock: Clock | undefined;
  #runs = 0;

  /** @param options `root`: the folder of an earlier rig, whose session is closed */
  constructor(
    t: Pick<TestContext, 'after'>,
    { root, ...options }: { readonly clock?: Clock; readonly write?: WriteFunction; readonly root?: string } = {},
  ) {
    this.root = root ?? scratchDir(t);
    this.clock = options.clock;
    this.dir = join(this.root, 'tasks', 'web');
    const onFault = (error: unknown): void => {
      throw error;
    };
    this.session = new CaptureSession({ notices: this.notices, onFault, ...options });
    t.after(() => this.session.close());
  }

  /** A request for task `web`; a new run unless told otherwise. */
  request(pipes: Pipes, changes: Partial<AttachRequest> = {}): AttachRequest {
    return requestFor(this.dir, pipes, { run: `run${this.#runs}`, ...changes });
  }

  pipes(): Pipes {
    this.#runs += 1;
    return new Pipes(mkdtempSync(join(this.root, 'pipes-')), `run${this.#runs}`);
  }

  /** Attaches a new run. */
  attach(changes: Partial<AttachRequest> = {}): { readonly pipes: Pipes; readonly run: string } {
    const pipes = this.pipes();
    const request = this.request(pipes, changes);
    this.session.attach(request);
    return { pipes, run: request.run };
  }

  /** Resolves when the run's descriptors are closed. */
  ended(run: string): Promise<void> {
    return this.notices.until(() => this.notices.endedRuns.includes(run));
  }

  /** Resolves once so many bytes of the task's streams were read. */
  async read(stdoutBytes: number, stderrBytes = 0): Promise<void> {
    for (;;) {
      const { stdout, stderr } = this.session.counters('web');
      if (stdout.read >= stdoutBytes && stderr.read >= stderrBytes) return;
      await turn();
    }
  }

  /** Bytes of a file in the task's folder. */
  file(name: string): Buffer {
    return readFileSync(join(this.dir, name));
  }

  text(name: string): string {
    return this.file(name).toString();
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, name));
  }

  /** Names in the task's folder, but for the indexes. */
  names(): string[] {
    return logNames(this.dir);
  }
}

/** A request with generous limits. */
export function requestFor(dir: string, pipes: Pipes, changes: Partial<AttachRequest> = {}): AttachRequest {
  return {
    task: 'web',
    run: 'run',
    dir,
    rotate: false,
    maxSizeBytes: 2 ** 40,
    keep: 5,
    totalBytes: 2 ** 41,
    rotateEveryMs: 0,
    maxAgeMs: 0,
    compress: false,
    combined: true,
    stdoutFd: pipes.stdout.readFd,
    stderrFd: pipes.stderr.readFd,
    ...changes,
  };
}

/** One turn of the event loop: every descriptor that is readable is served. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands until it is moved. */
export class FakeClock implements Clock {
  readonly boot = 'boot';
  #nowMs = 0;
  /** How far the wall clock is ahead. */
  wallLeadMs = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  sinceBootMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.wallLeadMs + this.#nowMs;
  }

  startTimer(delayMs: number, run: () => void): unknown {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return timer;
  }

  stopTimer(timer: unknown): void {
    for (const known of this.#timers) if (known === timer) this.#timers.delete(known);
  }

  afterPoll(run: () => void): void {
    setImmediate(run);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets time pass and fires what is due, in order; timers run before any descriptor is looked at. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = endMs;
  }
}

/** `combined.log` taken apart: the bytes of each stream, without prefixes. */
export function splitCombined(combined: string): { readonly stdout: string[]; readonly stderr: string[] } {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  for (const line of combined.split('\n')) {
    const match = /^\[(stdout|stderr)\] (.*)$/s.exec(line);
    if (match?.[1] === 'stdout') lines.stdout.push(match[2] ?? '');
    else if (match?.[1] === 'stderr') lines.stderr.push(match[2] ?? '');
    else assert.equal(line, '', 'each line has a prefix');
  }
  return lines;
}
