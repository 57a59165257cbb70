/** The processes of one run, as the run signals, kills and reports them. Who they are, and how long they are waited for, is the forest's affair. */
import type { ProcessIdentity } from '../util/process-identity.ts';
import type { Forest, Survivor, Tree } from '../util/process-tree.ts';
import type { FromShim, SpawnMessage } from './protocol.ts';

/** What a tree needs of its surroundings. */
export interface TreeSurroundings {
  readonly forest: Forest;
  send(message: FromShim): void;
  warn(message: string): void;
}

/** All processes of a run; nobody before it is planted. */
export class RunTree {
  readonly #request: Pick<SpawnMessage, 'run' | 'task'>;
  readonly #around: TreeSurroundings;
  #tree: Tree | undefined;
  #toldOfSurvivors = false;

  constructor(request: Pick<SpawnMessage, 'run' | 'task'>, around: TreeSurroundings) {
    this.#request = request;
    this.#around = around;
  }

  /** The main process is there. */
  plant(leader: ProcessIdentity): void {
    this.#tree = this.#around.forest.plant(this.#request.run, leader);
  }

  /** Whether there was somebody at the last look. */
  get isPeopled(): boolean {
    return this.#tree?.isEmpty === false;
  }

  /** Looks who is there. */
  async look(): Promise<readonly ProcessIdentity[]> {
    await this.#around.forest.look();
    return this.#tree?.members ?? [];
  }

  /** Signals everyone; SIGKILL again and again, until nobody is left or it has proved useless. What cannot be sent is warned of. */
  signal(signal: NodeJS.Signals): void {
    const sent = signal === 'SIGKILL' ? this.kill() : this.#tree?.signal(signal);
    sent?.catch((error: unknown) => this.#warnOfSignal(signal, error));
  }

  /** Signals the main process alone. */
  signalLeader(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // ESRCH: it ended by itself, and its exit is on the way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') this.#warnOfSignal(signal, error);
    }
  }

  /** Kills everyone. Resolves with whether nobody is left; those who are are reported, once. */
  async kill(): Promise<boolean> {
    const survivors = await this.#tree?.kill();
    if (survivors === undefined || survivors.length === 0) return true;
    if (!this.#toldOfSurvivors) this.#around.send({ type: 'treeSurvives', run: this.#request.run, processes: survivors });
    this.#toldOfSurvivors = true;
    return false;
  }

  /** Resolves once nobody is left, or with those who survive SIGKILL. */
  async gone(): Promise<readonly Survivor[]> {
    return (await this.#tree?.gone()) ?? [];
  }

  /** Waits until nobody is left, and kills who is after `graceMs`. Resolves with those who survive that. */
  async killAfter(graceMs: number): Promise<readonly Survivor[]> {
    return (await this.#tree?.killAfter(graceMs)) ?? [];
  }

  /** No look concerns it any more. */
  uproot(): void {
    this.#around.forest.uproot(this.#request.run);
  }

  #warnOfSignal(signal: NodeJS.Signals, error: unknown): void {
    this.#around.warn(`${this.#request.task}: ${signal} could not be sent: ${String(error)}`);
  }
}
