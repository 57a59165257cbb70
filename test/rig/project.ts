/** What tests of the whole need: a data directory of their own, a runner that is closed after the test, and ways to wait that never sleep. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, createReadStream, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { TaskRunner, type OpenOptions, type OutputKind, type TaskDefinition } from '../../src/index.ts';
import { OUTPUT_KINDS, logName, rotatedIndexes } from '../../src/output/layout.ts';
import { atEnd } from './cleanup.ts';

/** A folder that is removed after the test. */
export function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-test-'));
  atEnd(t, () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

type Definitions = Readonly<Record<string, Omit<TaskDefinition, 'name'>>>;

/** A runner on a data directory of its own, with these tasks; closed after the test. */
export async function openRunner(t: TestContext, tasks: Definitions = {}, options: Omit<OpenOptions, 'tasks'> = {}): Promise<TaskRunner> {
  const runner: TaskRunner = await TaskRunner.open({ dataDir: tempDir(t), ...options, tasks });
  atEnd(t, () => runner.close());
  return runner;
}

/** A line for `sh -c`. */
export const sh = (line: string): Omit<TaskDefinition, 'name'> => ({ command: 'sh', args: ['-c', line] });

/** Every byte of a log, its rotated files first, oldest to newest. */
export function wholeLog(runner: TaskRunner, task: string, kind: OutputKind): Buffer {
  const dir = runner.paths.taskDir(task);
  const rotated = rotatedIndexes(readdirSync(dir), kind).reverse();
  return Buffer.concat([...rotated, 0].map((index) => readFileSync(join(dir, logName(kind, index)))));
}

/** The names of all files of a task's logs. */
export const logFiles = (runner: TaskRunner, task: string): string[] =>
  readdirSync(runner.paths.taskDir(task)).filter((name) => OUTPUT_KINDS.some((kind) => name.startsWith(`${kind}.log`)));

/** A FIFO that tells when processes are gone: those that hold its path open for writing, and their children. */
export interface Witness {
  /** For a shell line: `exec 9>"path"` holds it open. Never blocks. */
  readonly path: string;
  /** Asked for once the processes were told to end: resolves when none has it open, also where none ever had. */
  readonly gone: Promise<void>;
}

/** Makes a witness. */
export function createWitness(t: TestContext): Witness {
  const path = makeFifo(t);
  // Ours until the end is asked for, so that a process which is stopped before it opens its end hangs nobody.
  const hold = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  let gone: Promise<void> | undefined;
  atEnd(t, () => {
    if (gone === undefined) closeSync(hold);
  });
  return {
    path,
    get gone() {
      gone ??= endOf(t, path, () => closeSync(hold));
      return gone;
    },
  };
}

/** A FIFO that tells when a process has reached a point: `: >"path"` makes the mark, and waits until it is looked for. */
export function createMark(t: TestContext): { readonly path: string; readonly made: Promise<void> } {
  const path = makeFifo(t);
  return { path, made: endOf(t, path, () => undefined) };
}

/** A FIFO that a process waits at: `read go <"path"` waits until it is opened. */
export function createGate(t: TestContext): { readonly path: string; open(): void } {
  const path = makeFifo(t);
  // Readable too, so that it opens at once, and the line waits in it for a reader that comes late.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  atEnd(t, () => closeSync(fd));
  return { path, open: () => void writeSync(fd, 'go\n') };
}

/** A FIFO whose lines a task echoes, whether or not somebody supervises it: `exec cat <"${path}"`. It never ends. */
export function createFeed(t: TestContext): { readonly path: string; write(lines: readonly string[]): void } {
  const path = makeFifo(t);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  atEnd(t, () => closeSync(fd));
  return { path, write: (lines) => void writeSync(fd, lines.map((line) => `${line}\n`).join('')) };
}

function makeFifo(t: TestContext): string {
  const path = join(tempDir(t), 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

/** Resolves when nobody has the FIFO open for writing any more. */
function endOf(t: TestContext, path: string, onOpen: () => void): Promise<void> {
  const stream = createReadStream(path);
  // A test that failed must not wait for ever in open(2) or read(2): this answers both.
  atEnd(t, () => {
    if (stream.closed) return;
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    writeSync(fd, '\n');
    stream.destroy();
    stream.once('close', () => closeSync(fd));
  });
  return new Promise<void>((resolve, reject) => {
    stream.on('open', onOpen).on('end', resolve).on('error', reject).resume();
  });
}
