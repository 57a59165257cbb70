/**
 * The trees of runs, live: who is in each, signals to all of them, and the wait for the last one. The kernel tells a
 * parent of its children alone, so for this, and only here, we look again and again: while a stop or a sweep is under way.
 * One look serves every tree that asked before it began. Decides nothing: whoever holds a tree says when it ends.
 */
import { startLongTimer } from './long-timer.ts';
import { findOwners, type Claim, type Holding } from './process-owners.ts';
import { groupExists, isRunning, signalGroupOf, signalProcess, type ProcessIdentity } from './process-identity.ts';
import type { ProcessStat } from './process-stat.ts';
import { commandOf, readProcessTable, type ProcessTable } from './process-table.ts';

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 200;
/**
 * How long SIGKILL is repeated before what still lives is reported and waited for no more. The kernel acts on SIGKILL
 * within milliseconds, on a loaded machine within a second; what is left then is stuck in the kernel or another user's.
 */
export const GIVE_UP_AFTER_MS = 5_000;

/** A process that SIGKILL did not end. */
export interface Survivor {
  readonly pid: number;
  readonly command: string;
}

/** The system, as a forest sees and moves it. */
export interface TreeSystem {
  table(): ProcessTable | undefined;
  isRunning(process: ProcessIdentity): boolean;
  groupExists(group: number): boolean;
  signal(process: ProcessIdentity, signal: NodeJS.Signals): boolean;
  signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean;
  commandOf(process: ProcessStat): string;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/** The system itself. */
export const realSystem: TreeSystem = {
  table: readProcessTable,
  isRunning,
  groupExists,
  signal: signalProcess,
  signalGroup: signalGroupOf,
  commandOf,
  nowMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve))),
};

/** What a forest needs. */
export interface ForestOptions {
  /** Who belongs to no tree, whatever is found: ourselves, and who we work for. */
  readonly spared: ReadonlySet<number>;
  readonly system?: TreeSystem;
  warn(message: string): void;
}

/** All trees that one process is in charge of. */
export class Forest {
  readonly #trees = new Map<string, Tree>();
  readonly #options: ForestOptions;
  readonly #system: TreeSystem;
  #next: Promise<void> | undefined;
  #restsUntilMs = 0;

  constructor(options: ForestOptions) {
    this.#options = options;
    this.#system = options.system ?? realSystem;
  }

  /** Begins the tree of a run. `leader` leads a group and a session of its own; undefined: it never became known. */
  plant(run: string, leader: ProcessIdentity | undefined): Tree {
    const warn = (message: string): void => this.#options.warn(message);
    const tree = new Tree(run, leader, { look: () => this.look(), warn, system: this.#system });
    this.#trees.set(run, tree);
    return tree;
  }

  /** The tree of a run; undefined when it was not planted, or is uprooted. */
  treeOf(run: string): Tree | undefined {
    return this.#trees.get(run);
  }

  /** Forgets a tree; whoever still waits for its end waits no more. */
  uproot(run: string): void {
    this.#trees.get(run)?.forget();
    this.#trees.delete(run);
  }

  /** Looks who is in each tree. All who ask before a look begins share it, and between two of them is as long a rest as the last one took. */
  look(): Promise<void> {
    this.#next ??= this.#system.sleep(this.#restsUntilMs - this.#system.nowMs()).then(() => {
      this.#next = undefined;
      this.lookNow();
    });
    return this.#next;
  }

  /** The same, at once. */
  lookNow(): void {
    const beganAtMs = this.#system.nowMs();
    const table = this.#table();
    const holdings =
      table &&
      findOwners(
        table,
        [...this.#trees.values()].map((tree) => tree.claim),
        this.#options.spared,
      );
    for (const [run, tree] of this.#trees) tree.take(holdings?.get(run));
    const endedAtMs = this.#system.nowMs();
    this.#restsUntilMs = 2 * endedAtMs - beganAtMs;
  }

  #table(): ProcessTable | undefined {
    try {
      return this.#system.table();
    } catch (error) {
      this.#options.warn(`processes could not be looked for, so process groups alone are known: ${String(error)}`);
      return undefined;
    }
  }
}

interface TreeSurroundings {
  readonly system: TreeSystem;
  look(): Promise<void>;
  warn(message: string): void;
}

/** Everyone who belongs to one run. */
export class Tree {
  readonly #run: string;
  readonly #leader: ProcessIdentity | undefined;
  readonly #around: TreeSurroundings;
  #members: readonly ProcessStat[] = [];
  #holdsNumber: boolean;
  /** Where there is no table: whether the group has members, of which no more is known. */
  #hasUnknownMembers = false;
  #isForgotten = false;
  #killsSinceMs: number | undefined;
  #ending: Promise<readonly Survivor[]> | undefined;
  #wake = (): void => undefined;

  constructor(run: string, leader: ProcessIdentity | undefined, around: TreeSurroundings) {
    this.#run = run;
    this.#leader = leader;
    this.#around = around;
    this.#holdsNumber = leader !== undefined;
  }

  /** Whether the last look found nobody alive. */
  get isEmpty(): boolean {
    return this.#members.length === 0 && !this.#hasUnknownMembers;
  }

  /** Who the last look found. */
  get members(): readonly ProcessStat[] {
    return this.#members;
  }

  /** What the next look starts from. */
  get claim(): Claim {
    const known = new Map(this.#members.map(({ pid, startTime }) => [pid, startTime]));
    return { run: this.#run, leader: this.#leader, holdsNumber: this.#holdsNumber, known };
  }

  /** Takes what a look found; undefined: the system has no table, so the group is asked. */
  take(holding: Holding | undefined): void {
    const number = this.#leader?.pid ?? 0;
    this.#hasUnknownMembers = holding === undefined && this.#holdsNumber && this.#around.system.groupExists(number);
    this.#members = holding?.members ?? [];
    this.#holdsNumber &&= holding?.holdsNumber ?? this.#hasUnknownMembers;
  }

  /** Looks, and signals everyone. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#around.look();
    this.send(signal);
  }

  /** Signals everyone the last look found: the group as one, so that none is forked past it, the rest one by one. */
  send(signal: NodeJS.Signals): void {
    const { system } = this.#around;
    const leader = this.#holdsNumber ? this.#leader : undefined;
    // Who is stopped would hear of it only when someone lets it go on; whether it is does not show for sure. systemd does the same.
    const all: readonly NodeJS.Signals[] = signal === 'SIGKILL' ? [signal] : [signal, 'SIGCONT'];
    const isInGroup = ({ group }: ProcessStat): boolean => group === leader?.pid;
    const hasGroup = leader !== undefined && (this.#hasUnknownMembers || this.#members.some(isInGroup));
    for (const one of all) {
      if (hasGroup) this.#try(one, leader.pid, () => system.signalGroup(leader, one));
      for (const member of this.#members) if (!isInGroup(member)) this.#try(one, member.pid, () => system.signal(member, one));
    }
  }

  /** Resolves once nobody is left; with those who are left when {@link Tree.kill} was asked for and gave up. */
  gone(): Promise<readonly Survivor[]> {
    this.#ending ??= this.#end().finally(() => {
      this.#ending = undefined;
    });
    return this.#ending;
  }

  /** SIGKILL to everyone, again and again, which also reaches what is forked meanwhile. Gives up after {@link GIVE_UP_AFTER_MS}. */
  kill(): Promise<readonly Survivor[]> {
    this.#killsSinceMs ??= this.#around.system.nowMs();
    this.#wake();
    return this.gone();
  }

  /** Waits for the end of everyone, and kills who is left after `graceMs`. Resolves with those who survive that. */
  async killAfter(graceMs: number): Promise<readonly Survivor[]> {
    const stopTimer = startLongTimer(graceMs, () => void this.kill()); // gone() tells how it went
    const survivors = await this.gone();
    stopTimer();
    return survivors;
  }

  /** No look concerns this tree any more. */
  forget(): void {
    this.#isForgotten = true;
    this.#wake();
  }

  async #end(): Promise<readonly Survivor[]> {
    const { system } = this.#around;
    for (let delayMs = FIRST_LOOK_MS; !this.#isForgotten; delayMs = Math.min(delayMs * 2, LONGEST_LOOK_MS)) {
      // As long as one is known to live there is no end to be found by looking at all the others.
      if (this.#killsSinceMs !== undefined || !this.#members.some((member) => system.isRunning(member))) {
        const { known } = this.claim;
        await this.#around.look();
        // A look is no single moment: who moves on while it is taken can be missed by one, so a family is looked for twice.
        if (this.isEmpty && (known.size > 1 || this.#killsSinceMs !== undefined)) await this.#around.look();
        if (this.isEmpty) return [];
        if (this.#members.some(({ pid }) => !known.has(pid))) delayMs = FIRST_LOOK_MS; // someone forks
      }
      if (this.#killsSinceMs !== undefined) {
        this.send('SIGKILL');
        if (system.nowMs() - this.#killsSinceMs >= GIVE_UP_AFTER_MS) return this.#survivors();
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        void system.sleep(delayMs).then(resolve);
      });
    }
    return [];
  }

  #survivors(): Survivor[] {
    const { system } = this.#around;
    if (this.#hasUnknownMembers) return [{ pid: this.#leader?.pid ?? 0, command: '[process group]' }];
    return this.#members.map((member) => ({ pid: member.pid, command: system.commandOf(member) }));
  }

  #try(signal: NodeJS.Signals, pid: number, send: () => boolean): void {
    try {
      send(); // false: it ended between the look and this
    } catch (error) {
      const isRefused = (error as NodeJS.ErrnoException).code === 'EPERM';
      // A SIGKILL that is refused shows: who got it lives, and is reported. A SIGCONT follows one that was told already.
      if (!isRefused || (signal !== 'SIGKILL' && signal !== 'SIGCONT'))
        this.#around.warn(`${signal} could not be sent to process ${pid}: ${String(error)}`);
    }
  }
}
