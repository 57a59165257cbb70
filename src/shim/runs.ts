/** All runs of the shim, and the messages that concern them. */
import { messageOfError } from './fault.ts';
import type { HeldRun, ShimCall, SignFact, SpawnMessage, ToShim, WriteReply } from './protocol.ts';
import { recordRun, rememberRun } from './run-record.ts';
import { Run, type RunSurroundings } from './run.ts';
import { IDENTITY_VARIABLES } from './standing.ts';
import { readTreeUsage } from './tree-usage.ts';

/** Messages about runs. */
export type RunMessage = Extract<ToShim, { readonly run: string } | { readonly type: 'environment' | 'record' | 'take' }>;

/** The runs, by id. */
export class Runs {
  readonly #runs = new Map<string, Run>();
  readonly #around: RunSurroundings;
  #inherited: Readonly<Record<string, string>> = {};
  readonly #watched = new Set<string>();
  /** What goes on since the control plane went; undefined while there is one. */
  #alone: { readonly takenDown: Promise<void>; readonly deserted: () => void } | undefined;

  constructor(around: Omit<RunSurroundings, 'ended' | 'heard'>) {
    this.#around = { ...around, ended: (run) => this.#settleAlone(run), heard: (fact) => this.heard(fact) };
  }

  /** Does what a message asks. A run that is over is no error: its last message was on the way. */
  handle(message: RunMessage): void {
    if (message.type === 'spawn') return this.#spawn(message);
    if (message.type === 'take') return this.#watch(this.#add(message.request).take(message));
    if (message.type === 'environment') {
      this.#inherited = message.variables;
      return;
    }
    if (message.type === 'record') return recordRun(this.#around, message);
    if (message.type === 'remember') return rememberRun(this.#around, message);
    const run = this.#runs.get(message.run);
    if (run === undefined) return;
    switch (message.type) {
      case 'signal':
        return run.signal(message.signal as NodeJS.Signals, message.to);
      case 'arm':
      case 'disarm':
        return this.#watch(run.signs.set(message.watch, message.type));
      case 'watchMemory':
        return run.watchMemory(message.limitBytes);
      case 'awaitTree':
        return this.#watch(run.awaitTree());
      case 'drain':
        return this.#watch(run.drain(message.idleMs));
      case 'sweep':
        return this.#watch(run.sweep(message.idleMs));
      case 'hold':
        return run.hold(message.held);
      case 'settle':
        run.settle(message.entry, message.memory);
        return this.#forgetIfOver(run);
    }
  }

  /** Answers a call. */
  async call(call: ShimCall): Promise<unknown> {
    const { capture } = this.#around;
    switch (call.method) {
      case 'counters':
        return capture.counters(call.task);
      case 'usage':
        return readTreeUsage(this.#around.forest, call.runs);
      case 'written':
        return capture.written(call.task, call.run);
      case 'memory': {
        const { offset, bytes } = await capture.memory(call.task, call.kind);
        return { offset, base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
      }
      case 'exec':
        return this.#get(call.run).exec(call.args, call.timeoutMs);
      case 'write':
        return this.#runs.get(call.run)?.write(Buffer.from(call.base64, 'base64'), call.end) ?? ('ended' satisfies WriteReply);
      case 'rotate':
        return capture.rotate(call.task, call.output);
      case 'watch':
        if (call.on) this.#watched.add(call.task);
        else this.#watched.delete(call.task);
        return capture.watch(call.task, call.on);
      case 'recorded':
        return undefined; // settling is done by the time the next message is read
      case 'forget':
        this.#around.history.forget(call.task);
        this.#around.unwritten.forget(call.task);
        return capture.forget(call.task);
    }
  }

  /** Output of a task may be missing: no run of it that goes on is complete. */
  missing(task: string): void {
    for (const run of this.#runs.values()) if (run.task === task) run.hasGap = true;
  }

  /** Tells what a watch heard; where nobody is there to be told, it is not forgotten. */
  heard(fact: SignFact): void {
    this.#runs.get(fact.run)?.signs.note(fact);
    this.#around.send(fact);
  }

  /** Both pipes of a run are at their end. */
  pipesEnded(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.pipesEnded();
    this.#settleAlone(id);
    this.#forgetIfOver(run);
  }

  /** Whether some run is to live on without a control plane. */
  get hasHeld(): boolean {
    return [...this.#runs.values()].some((run) => run.held !== undefined);
  }

  /**
   * The control plane is gone: takes down the runs that nobody holds, and records those that end before another one comes.
   * `deserted` is called once none is left.
   */
  goOnAlone(deserted: () => void): void {
    for (const task of this.#watched) this.#watch(this.#around.capture.watch(task, false));
    this.#watched.clear();
    const takenDown = this.#takeDown([...this.#runs.values()].filter((run) => run.held === undefined));
    this.#alone = { takenDown, deserted };
    for (const run of this.#runs.values()) if (run.held !== undefined) this.#settleAlone(run.id);
  }

  /** The runs that are held, for a control plane that came. Those that nobody holds have come to their end by then. */
  async adopt(): Promise<HeldRun[]> {
    const alone = this.#alone;
    await alone?.takenDown;
    if (this.#alone === alone) this.#alone = undefined; // else it is gone again, and nobody is there
    await this.#around.forest.look();
    return [...this.#runs.values()].flatMap((run) => run.toHeld() ?? []); // in one go: what happens from now on is told
  }

  /** Takes every run down and resolves when none has a process left. One run's trouble does not spare the others. */
  takeDown(): Promise<void> {
    this.#alone = undefined; // what ends from now on was taken down, and is recorded as that alone
    return this.#takeDown([...this.#runs.values()]);
  }

  async #takeDown(runs: readonly Run[]): Promise<void> {
    const outcomes = await Promise.allSettled(runs.map((run) => run.takeDown()));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#around.warn(messageOfError(outcome.reason));
    }
  }

  #spawn(message: SpawnMessage): void {
    this.#watch(this.#add(message).start());
  }

  #add(request: SpawnMessage): Run {
    const env = request.inherits ? { ...this.#inheritedBy(request), ...request.env } : request.env;
    const run = new Run({ ...request, inherits: false, env }, this.#around);
    this.#runs.set(run.id, run);
    return run;
  }

  /** Who we are is not inherited by a run that is somebody else. */
  #inheritedBy({ user }: SpawnMessage): Readonly<Record<string, string>> {
    if (user === undefined) return this.#inherited;
    return Object.fromEntries(Object.entries(this.#inherited).filter(([name]) => !IDENTITY_VARIABLES.includes(name)));
  }

  #get(id: string): Run {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error('the run is over');
    return run;
  }

  /** A run that ended while there is no control plane: nobody else says that it is over. */
  #settleAlone(id: string): void {
    const run = this.#runs.get(id);
    if (this.#alone === undefined || run === undefined || run.held === undefined) return;
    this.#watch(run.settleAlone(() => this.#alone !== undefined).then(() => this.#forgetIfOver(run)));
  }

  #forgetIfOver(run: Run): void {
    if (!run.isOver) return;
    this.#runs.delete(run.id);
    if (!this.hasHeld) this.#alone?.deserted();
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.#around.warn(`internal error: ${messageOfError(error)}`));
  }
}
