/** One verb for several tasks, through the daemon: each is asked, though another failed, and each failure is told. Decides nothing about a task. */
import type { RemoteRunner } from '../../http/client/index.ts';
import { describeError } from '../complaint.ts';
import { withDaemon } from '../daemon/client.ts';
import { exitCodeOfError } from '../exit-code.ts';
import type { Cli } from '../host.ts';
import { loadProject } from '../project.ts';
import type { SelectionFlags } from './flags.ts';
import { dependentsFirst, selectNames } from './select.ts';

/** Options of verbs for several tasks. */
export interface EachTaskOptions extends SelectionFlags {
  readonly json?: true;
}

/** What is done for each task. */
export interface EachTaskVerb<T> {
  /** Done for one; what it throws is told, and the others go on. */
  act(daemon: RemoteRunner, name: string, names: readonly string[]): Promise<T>;
  /** A line about what came of it. */
  describe(result: T, name: string): string;
  /** The document of `--json`. */
  toJson(results: readonly T[]): unknown;
  /** One after the other, those first that nothing depends on. @default all at once */
  readonly isOrdered?: true;
}

/** Does it. @returns the exit code of the worst failure, or 0 */
export async function eachTask<T>(cli: Cli, asked: readonly string[], options: EachTaskOptions, verb: EachTaskVerb<T>): Promise<number> {
  return withDaemon(cli, await loadProject(cli), async (daemon) => {
    const tasks = daemon.listTasks();
    const selected = selectNames(tasks, asked, options);
    const names = verb.isOrdered === true ? dependentsFirst(tasks, selected) : selected;
    const outcomes = new Outcomes<T>(cli, verb, options.json === true);
    const act = (name: string): Promise<void> => outcomes.take(name, verb.act(daemon, name, names));
    if (verb.isOrdered === true) for (const name of names) await act(name);
    else await Promise.all(names.map(act));
    return outcomes.end(names);
  });
}

/** What came of a verb, told as it comes. */
class Outcomes<T> {
  readonly #cli: Cli;
  readonly #verb: EachTaskVerb<T>;
  readonly #isJson: boolean;
  readonly #results = new Map<string, T>();
  #exitCode = 0;

  constructor(cli: Cli, verb: EachTaskVerb<T>, isJson: boolean) {
    this.#cli = cli;
    this.#verb = verb;
    this.#isJson = isJson;
  }

  async take(name: string, work: Promise<T>): Promise<void> {
    const { err, globals } = this.#cli;
    try {
      const result = await work;
      this.#results.set(name, result);
      if (!this.#isJson) err.writeLine(err.show(`${name}: ${this.#verb.describe(result, name)}`));
    } catch (error) {
      this.#exitCode = Math.max(this.#exitCode, exitCodeOfError(error));
      err.writeLine(err.show(describeError(error, globals.verbose)));
    }
  }

  /** Prints the document, in the order of the question. */
  end(names: readonly string[]): number {
    const results = names.flatMap((name) => this.#results.get(name) ?? []) as T[];
    if (this.#isJson) this.#cli.out.writeLine(JSON.stringify(this.#verb.toJson(results), null, 2));
    return this.#exitCode;
  }
}
