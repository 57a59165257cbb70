/** A process that is none: it answers the task machine as a real one would, by a script and by hand. Starts nothing on this computer. */
import { fromCallback } from 'xstate';
import type { TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import type { VirtualClock } from './clock.ts';
import type { ResolvedScript } from './process-script.ts';

/** Signals that end no process unless it handles them: signal(7). */
const HARMLESS: ReadonlySet<string> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH']);

/** What a probe finds out. */
export type Trait = 'ready' | 'alive';

/** What a process is made of. */
export interface VirtualProcessParts {
  readonly input: ProcessInput;
  readonly pid: number;
  readonly clock: VirtualClock;
  readonly script: ResolvedScript;
  readonly tell: (fact: TaskFact) => void;
}

/** The process of one run. */
export class VirtualProcess {
  readonly input: ProcessInput;
  readonly pid: number;
  /** Epoch milliseconds; 0 before it has started. */
  startedAt = 0;
  readonly #clock: VirtualClock;
  readonly #script: ResolvedScript;
  readonly #tell: (fact: TaskFact) => void;
  readonly #traits: Record<Trait, boolean>;
  readonly #watchers = new Set<() => void>();
  readonly #early: string[] = [];
  #stage: 'starting' | 'alive' | 'gone' = 'starting';
  #isEnding = false;

  constructor({ input, pid, clock, script, tell }: VirtualProcessParts) {
    this.input = input;
    this.pid = pid;
    this.#clock = clock;
    this.#script = script;
    this.#tell = tell;
    this.#traits = { ready: script.readyAfterMs === 0, alive: true };
    clock.setTimeout(() => this.#begin(), script.startsAfterMs);
  }

  /** Whether there is a process now. */
  get isAlive(): boolean {
    return this.#stage === 'alive';
  }

  /** Whether the run is over, or the start failed. */
  get isGone(): boolean {
    return this.#stage === 'gone';
  }

  /** What a probe would find. */
  has(trait: Trait): boolean {
    return this.#traits[trait];
  }

  /** Changes what a probe finds. */
  set(trait: Trait, value: boolean): void {
    if (this.#traits[trait] === value) return;
    this.#traits[trait] = value;
    for (const watcher of this.#watchers) watcher();
  }

  /** Calls `watcher` when what a probe finds has changed, until the function returned is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The machine asks for something. */
  hear(command: ProcessCommand): void {
    const at = this.#clock.now();
    switch (command.type) {
      case 'signal':
        return this.signal(command.signal);
      case 'stopCommand':
        return this.signal(this.input.definition.stopSignal);
      case 'drain':
        return this.#tell({ type: 'output.drained', at });
      case 'sweep':
        return this.#tell({ type: 'tree.swept', outputComplete: true, at });
      case 'awaitTree':
        return this.#tell({ type: 'tree.gone' });
      case 'watchMemory':
      case 'settle':
        return undefined; // nothing is measured here, and nothing recorded
    }
  }

  /** Gets a signal; one that comes before there is a process waits for it. */
  signal(signal: string): void {
    if (this.#stage === 'starting') this.#early.push(signal);
    if (this.#stage !== 'alive') return;
    if (signal === 'SIGKILL') return this.#end(null, signal);
    if (this.#isEnding || HARMLESS.has(signal) || this.#script.ignores.has(signal)) return;
    const { endsAfterMs, exitCodeOnSignal } = this.#script;
    const end = (): void => this.#end(exitCodeOnSignal, exitCodeOnSignal === null ? signal : null);
    if (endsAfterMs === 0) return end();
    this.#isEnding = true;
    this.#clock.setTimeout(end, endsAfterMs);
  }

  /** Exits by itself. */
  exit(exitCode: number): void {
    this.#end(exitCode, null);
  }

  /** Nobody holds it any more. One that still lives goes on, as a real one would. */
  release(): void {
    if (this.#stage === 'starting') this.#stage = 'gone';
    this.#watchers.clear();
  }

  #begin(): void {
    if (this.#stage !== 'starting') return;
    const at = this.#clock.now();
    const { cannotStart, exitsAfterMs, exitCode, signal, readyAfterMs, aliveForMs } = this.#script;
    if (cannotStart !== null) {
      this.#stage = 'gone';
      return this.#tell({ type: 'process.failed', failure: { reason: 'spawn', message: cannotStart }, at });
    }
    this.#stage = 'alive';
    this.startedAt = at;
    this.#tell({ type: 'process.spawned', pid: this.pid, startTime: String(at), at });
    this.#later(readyAfterMs, () => this.set('ready', true));
    this.#later(aliveForMs, () => this.set('alive', false));
    for (const early of this.#early) this.signal(early);
    this.#later(exitsAfterMs, () => this.#end(exitCode, signal));
  }

  /** `Infinity` is never. */
  #later(delayMs: number, act: () => void): void {
    if (Number.isFinite(delayMs)) this.#clock.setTimeout(act, delayMs);
  }

  #end(exitCode: number | null, signal: string | null): void {
    if (this.#stage !== 'alive') return;
    this.#stage = 'gone';
    this.#tell({ type: 'process.exited', exitCode, signal, survivors: false, at: this.#clock.now() });
  }
}

/** The logic to provide as the task machine's `process`; `begin` makes the process of each run. */
export const createProcessLogic = (begin: (input: ProcessInput, tell: (fact: TaskFact) => void) => VirtualProcess) =>
  fromCallback<ProcessCommand, ProcessInput>(({ input, sendBack, receive }) => {
    const process = begin(input, sendBack);
    receive((command) => process.hear(command));
    return () => process.release();
  });
