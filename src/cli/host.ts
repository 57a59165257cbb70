/** What a command runs in: its streams, its settings, and the one place where an error becomes a message and an exit code. */
import type { Command } from 'commander';
import { describeError } from './complaint.ts';
import { exitCodeOfError } from './exit-code.ts';
import { mayColor, resolveGlobals, type Globals } from './globals.ts';
import { Sink } from './sink.ts';

/** The process a command runs in. */
export interface HostProcess {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** What a command is given. */
export interface Cli {
  /** Data. */
  readonly out: Sink;
  /** Talk. */
  readonly err: Sink;
  readonly globals: Globals;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Gives up on output that nobody has read yet: the process ends as soon as the command has. */
  hurry(): void;
}

/** What runs the action of a verb. */
export interface VerbHost {
  /** Runs `act` with the settings that `command` was given; what it returns is the exit code. */
  run(command: Command, act: (cli: Cli) => Promise<number> | number): Promise<void>;
}

/** Exit codes above this one stand for signals. */
const SIGNALLED = 128;

/** Runs one command and keeps its exit code. */
export class Host implements VerbHost {
  exitCode = 0;
  /** Whether the process must end at once, whatever is still to be written. */
  isHurried = false;
  readonly #process: HostProcess;
  #cli: Cli | undefined;

  constructor(hostProcess: HostProcess) {
    this.#process = hostProcess;
  }

  async run(command: Command, act: (cli: Cli) => Promise<number> | number): Promise<void> {
    const { env, cwd } = this.#process;
    const cli = { ...this.#openSinks(mayColor(command)), globals: resolveGlobals(command, env), env, cwd, hurry: () => this.#hurry() };
    this.#cli = cli;
    const exitCode = await act(cli);
    if (!this.isHurried) await cli.out.flush();
    // A signal says more than the output that fails with it, as both do when a terminal hangs up.
    this.exitCode = cli.out.failure === null || exitCode > SIGNALLED ? exitCode : cli.out.failureExitCode;
    this.#tellFailure(cli);
  }

  /** Tells an error on stderr: one message, its stack only with `--verbose`. */
  async fail(error: unknown): Promise<void> {
    const cli = this.#cli;
    const err = cli?.err ?? this.#openSinks(true).err;
    if (!this.isHurried) await cli?.out.flush();
    err.writeLine(describeError(error, cli?.globals.verbose ?? false));
    this.exitCode = exitCodeOfError(error);
  }

  #hurry(): void {
    this.isHurried = true;
  }

  /** A reader that went away, as `head` does, needs no words; a full disk does. */
  #tellFailure({ out, err }: Cli): void {
    if (out.failure !== null && !out.isReaderGone) err.writeLine(`dirigent: the output cannot be written: ${out.failure.message}`);
  }

  #openSinks(isColorWanted: boolean): { readonly out: Sink; readonly err: Sink } {
    const { stdout, stderr, env } = this.#process;
    return { out: new Sink(stdout, env, isColorWanted), err: new Sink(stderr, env, isColorWanted) };
  }
}
