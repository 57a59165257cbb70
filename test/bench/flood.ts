/** A task that writes as fast as it is read, in C, and the clock that runs from its first byte until all of it is on disk. */
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

const SOURCES = ['flood', 'two-logs', 'numbered'] as const;
const LOOK_AGAIN_MS = 2;
const MAX_WAIT_MS = 60_000;
/** So much of a log is looked at for its last line. */
const TAIL_BYTES = 256;

/** What is written: `bytes` in lines of `lineBytes`, `pieceBytes` a write, `pauseUs` after each. */
export interface FloodSize {
  readonly bytes: number;
  readonly lineBytes: number;
  readonly pieceBytes: number;
  /** @default 0 */
  readonly pauseUs?: number;
}

/** A way to capture a task's output. */
export interface Capturer {
  readonly name: string;
  /** Where the last line is once it is captured, in the folder it was given. */
  readonly logs: readonly string[];
  /** Starts `command` with its output into `dir`. */
  start(command: readonly string[], dir: string): Promise<Capturing>;
}

/** A task under way. */
export interface Capturing {
  /** Resolves when the task is over, by the capturer's own word; absent where it gives none. */
  readonly done?: Promise<unknown>;
  /** Ends whatever still runs. */
  end?(): Promise<unknown>;
}

/** The programs in C, built. */
export class Programs {
  readonly #dir: string;

  /** Builds them into `dir`. @throws Error where there is no C compiler */
  constructor(dir: string) {
    this.#dir = dir;
    try {
      for (const name of SOURCES) execFileSync('cc', ['-O2', '-o', join(dir, name), `test/bench/c/${name}.c`]);
    } catch (error) {
      throw new Error('the benchmark needs a C compiler, cc: apt-get install gcc libc6-dev', { cause: error });
    }
    execFileSync('mkfifo', [this.gate]);
  }

  /** The path of a program. */
  at(name: (typeof SOURCES)[number]): string {
    return join(this.#dir, name);
  }

  /** Milliseconds from the first byte until the last line is in every log. @throws Error when it does not come */
  async measure(capturer: Capturer, size: FloodSize, dir: string): Promise<number> {
    const capturing = await capturer.start(this.flood(size), dir);
    try {
      const gate = await open(this.gate, 'w'); // waits for the task, which then begins
      const beganAt = performance.now();
      const logs = capturer.logs.map((log) => join(dir, log));
      await untilEach(logs, `${'E'.repeat(Math.min(size.lineBytes, TAIL_BYTES / 2) - 1)}\n`);
      const tookMs = performance.now() - beganAt;
      await gate.close();
      await capturing.done;
      return tookMs;
    } finally {
      await capturing.end?.();
    }
  }

  /** The command line of the flood. It begins when {@link Programs.gate} is opened to be written, and may end when that is closed. */
  flood({ bytes, lineBytes, pieceBytes, pauseUs = 0 }: FloodSize): readonly string[] {
    return [this.at('flood'), ...[bytes, lineBytes, pieceBytes].map(String), this.gate, String(pauseUs)];
  }

  /** The path of the gate. */
  get gate(): string {
    return join(this.#dir, 'gate');
  }
}

/** Waits until every log ends with `lastLine`. @throws Error when that takes too long */
async function untilEach(logs: readonly string[], lastLine: string): Promise<void> {
  for (const endMs = performance.now() + MAX_WAIT_MS; !logs.every((log) => tailOf(log).endsWith(lastLine)); await wait(LOOK_AGAIN_MS)) {
    if (performance.now() > endMs) throw new Error(`${logs.join(' and ')} did not get to the end within ${MAX_WAIT_MS / 1_000} s`);
  }
}

/** The end of a file, or nothing where there is none yet. */
function tailOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // about to be rotated, or not begun
    throw error;
  }
  try {
    const tail = Buffer.alloc(TAIL_BYTES);
    const count = readSync(fd, tail, 0, TAIL_BYTES, Math.max(0, fstatSync(fd).size - TAIL_BYTES));
    return tail.toString('latin1', 0, count);
  } finally {
    closeSync(fd);
  }
}
