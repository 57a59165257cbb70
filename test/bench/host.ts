/** A process of a benchmark's own, asked over IPC: what is measured in it shares neither heap nor event loop with who asks. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The asking end. */
export class BenchHost {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts `file`, a built module beside this one, and resolves when it serves. */
  static async start(file: string, args: readonly string[] = [], execArgv: readonly string[] = []): Promise<BenchHost> {
    const host = new BenchHost(fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [...execArgv] }));
    await host.#answer();
    return host;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Has a step done and resolves with what it gives. */
  async ask<T>(step: string): Promise<T> {
    this.#child.send(step);
    return (await this.#answer()) as T;
  }

  /** Lets it clean up, and resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  /** Kills it, as nothing else can be. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`a process of the benchmark ended with ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer: { readonly result: unknown } | { readonly problem: string }) => {
        this.#child.off('exit', onExit);
        if ('problem' in answer) reject(new Error(answer.problem));
        else resolve(answer.result);
      });
    });
  }
}

/** The answering end: does the step asked for, and `end` when nobody asks any more. */
export function serve(steps: Readonly<Record<string, () => unknown>>, end: () => Promise<void>): void {
  const answer = async (step: string): Promise<object> => {
    try {
      const work = steps[step];
      if (work === undefined) throw new Error(`there is no step ${step}`);
      return { result: (await work()) ?? null };
    } catch (error) {
      return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (step: string) => void answer(step).then((reply) => process.send?.(reply)));
  process.on('disconnect', () => void end().then(() => process.exit(0)));
  process.send?.({ result: null });
}
