/** Tasks that write numbered lines and do what they are told through a FIFO of their own, whichever tool runs them. Starts none of them itself. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskDefinition } from '../../src/index.ts';
import { OUTPUT_KINDS } from '../../src/output/layout.ts';
import { LineVerifier, logPaths, verifyFiles, writtenLines, type LineReport } from './numbered-lines.ts';
import { SeamVerifier, countSeams, type SeamReport } from './seams.ts';

/** What such a task does. */
export interface GatedTaskOptions {
  /** The program `numbered`, with what comes before its own arguments. */
  readonly program: readonly string[];
  /** Lines a second that come by themselves. */
  readonly rate: number;
  /** Lines of a burst. */
  readonly burstLines: number;
}

/** Says which task a process is. */
const MARK = 'GATED_TASK';

/** One task. */
export class GatedTask {
  readonly name: string;
  readonly #path: string;
  readonly #argv: readonly string[];
  readonly #count: string;
  readonly #gate: number;

  /** Makes its FIFO in `dir`. */
  constructor(dir: string, name: string, { program, rate, burstLines }: GatedTaskOptions) {
    const path = join(dir, `${name}.gate`);
    execFileSync('mkfifo', [path]);
    this.name = name;
    this.#path = path;
    this.#count = join(dir, `${name}.count`);
    this.#argv = [...program, String(rate), String(burstLines), path, this.#count];
    // Ours alone keeps it open, so the task ends when we do; readable too, so that what is told waits for it.
    this.#gate = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** The variable by which its process is known. */
  get mark(): string {
    return `${MARK}=${this.#path}`;
  }

  /** Its command line. */
  get command(): readonly string[] {
    return this.#argv;
  }

  /** Its definition, as a task that outlives its runner. */
  kept(log: NonNullable<TaskDefinition['log']>): Omit<TaskDefinition, 'name'> {
    const [command = '', ...args] = this.#argv;
    return { command, args: [...args], env: { [MARK]: this.#path }, onSupervisorCrash: 'keep', log };
  }

  /** Asks for a burst. */
  burst(): void {
    writeSync(this.#gate, 'b');
  }

  /** Asks for the end with this exit code, which comes after what it was asked for before. */
  finish(exitCode: number): void {
    writeSync(this.#gate, Buffer.from([0x71, exitCode]));
  }

  /** Looks at what was captured of it in the folder of the task; it has ended. */
  verify(taskDir: string): LineReport {
    return verifyFiles(logPaths(taskDir, 'stdout'), this.written(), new LineVerifier());
  }

  /** Looks at what was captured of it and at the seams in it, of which each of its logs should have the same number; it has ended. */
  verifySeams(taskDir: string): { readonly stdout: SeamReport; readonly seams: readonly number[] } {
    const stdout = verifyFiles(logPaths(taskDir, 'stdout'), this.written(), new SeamVerifier());
    return { stdout, seams: OUTPUT_KINDS.map((kind) => countSeams(logPaths(taskDir, kind))) };
  }

  /** Looks at one file of what it wrote. */
  verifyFile(path: string): LineReport {
    return verifyFiles([path], this.written(), new LineVerifier());
  }

  /** How many lines it has written. */
  written(): number {
    return writtenLines(this.#count);
  }

  /** Lets go of it: it ends, if it still runs. */
  close(): void {
    closeSync(this.#gate);
  }
}
