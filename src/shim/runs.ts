/** All runs of the shim, and the messages that concern them. */
import { messageOfError } from './fault.ts';
import type { ShimCall, SpawnMessage, ToShim, WriteReply } from './protocol.ts';
import { recordRun } from './run-record.ts';
import { Run, type RunSurroundings } from './run.ts';
import { IDENTITY_VARIABLES } from './standing.ts';

/** Messages about runs. */
export type RunMessage = Extract<ToShim, { readonly run: string } | { readonly type: 'environment' | 'record' }>;

/** The runs, by id. */
export class Runs {
  readonly #runs = new Map<string, Run>();
  readonly #around: RunSurroundings;
  #inherited: Readonly<Record<string, string>> = {};

  constructor(around: RunSurroundings) {
    this.#around = around;
  }

  /** Does what a message asks. A run that is over is no error: its last message was on the way. */
  handle(message: RunMessage): void {
    if (message.type === 'spawn') return this.#spawn(message);
    if (message.type === 'environment') {
      this.#inherited = message.variables;
      return;
    }
    if (message.type === 'record') return recordRun(this.#around, message);
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
      case 'settle':
        run.settle(message.entry);
        return this.#forgetIfOver(run);
    }
  }

  /** Answers a call. */
  async call(call: ShimCall): Promise<unknown> {
    const { capture } = this.#around;
    switch (call.method) {
      case 'counters':
        return capture.counters(call.task);
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
        return capture.watch(call.task, call.on);
      case 'recorded':
        return undefined; // settling is done by the time the next message is read
      case 'forget':
        this.#around.history.forget(call.task);
        return capture.forget(call.task);
    }
  }

  /** Both pipes of a run are at their end. */
  pipesEnded(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.pipesEnded();
    this.#forgetIfOver(run);
  }

  /** Takes every run down and resolves when none has a process left. One run's trouble does not spare the others. */
  async takeDown(): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#runs.values()].map((run) => run.takeDown()));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#around.warn(messageOfError(outcome.reason));
    }
  }

  #spawn(message: SpawnMessage): void {
    const run = new Run(message.inherits ? { ...message, env: { ...this.#inheritedBy(message), ...message.env } } : message, this.#around);
    this.#runs.set(run.id, run);
    this.#watch(run.start());
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

  #forgetIfOver(run: Run): void {
    if (run.isOver) this.#runs.delete(run.id);
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.#around.warn(`internal error: ${messageOfError(error)}`));
  }
}
