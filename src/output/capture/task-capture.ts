/** What the log worker knows of one task over all its runs: its logs, how far they got, its counters. It reads no pipe. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUT_KINDS, logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { OutputPlan } from '../../shim/protocol.ts';
import type { Counters, LogGap } from './api.ts';
import type { CombinedLog } from './combined-log.ts';
import type { Growing } from './growth-notices.ts';
import type { LogsHandover, RunHandover, TaskHandover } from './handover.ts';
import { MemoryLogs } from './memory-logs.ts';
import { TaskLedger } from './task-ledger.ts';
import { DiskLogs } from './task-logs.ts';
import type { EndBytes } from './log-sink.ts';
import type { LogTools, TaskLogs } from './task-logs.ts';

/** Ended runs a task remembers, so that a question about one that has just ended has an answer. */
const REMEMBERED_RUNS = 16;

/** The logs of a run. */
export interface OpenedLogs {
  readonly logs: TaskLogs;
  /** Null: the run adds nothing to it. */
  readonly combined: CombinedLog | null;
}

/** One task. Its files are open while a run is read into them; a task at rest holds no descriptor. */
export class TaskCapture implements Growing {
  readonly name: string;
  #ledger: TaskLedger | null = null;
  readonly #tools: LogTools;
  readonly #onLateWrite: () => void;
  readonly #runs = new Map<string, { readonly logs: TaskLogs; readonly began: EndBytes }>();
  /** What each of the last runs wrote. */
  readonly #ended = new Map<string, EndBytes>();
  #memory: MemoryLogs | null = null;
  /** Where new runs write, or the last one did. */
  #logs: TaskLogs | null = null;
  /** How far the logs in a folder had got when they were closed; none of those that are open. */
  readonly #before = new Map<string, EndBytes>();
  /** What an earlier worker had taken for the logs in a folder, and did not write. */
  readonly #left = new Map<string, LogsHandover>();

  constructor(name: string, tools: LogTools, onLateWrite: () => void) {
    this.name = name;
    this.#tools = tools;
    this.#onLateWrite = onLateWrite;
  }

  /** Counts the bytes of its streams over all runs. */
  get ledger(): TaskLedger {
    return (this.#ledger ??= new TaskLedger());
  }

  /** Counts in memory that is shared, from its first run on. */
  share(shared: SharedArrayBuffer | undefined): void {
    if (shared !== undefined) this.#ledger ??= new TaskLedger(shared);
  }

  /** Opens the logs for another run, or takes those that a run still alive writes to. @throws the system's error */
  openLogs(plan: OutputPlan): OpenedLogs {
    const logs = this.#logsFor(plan);
    try {
      const combined = plan.combined ? logs.combined() : null;
      logs.prepare(plan);
      this.#logs = logs;
      return { logs, combined };
    } catch (error) {
      this.closeUnused(logs);
      throw error;
    }
  }

  /**
   * Rotates the logs on disk: those that a run writes to, or those in the plan's folder. Nothing happens where there are none.
   * @throws the system's error
   */
  rotate(plan: OutputPlan): void {
    const open = new Set([...this.#runs.values()].map(({ logs }) => logs));
    for (const logs of open) logs.rotate();
    if (plan.dir === null || !existsSync(plan.dir) || [...open].some(({ dir }) => dir === plan.dir)) return;
    this.closeUnused(this.openLogs({ ...plan, rotate: true }).logs);
  }

  /**
   * Notes that a run writes to `logs`.
   * @param began where they were when an earlier worker began with it
   * @returns where they were when it began
   */
  begin(run: string, logs: TaskLogs, began: EndBytes = logs.endBytes()): EndBytes {
    this.#runs.set(run, { logs, began });
    logs.runBegins(run);
    return began;
  }

  /** A run goes on that another worker read: writes what that had taken, or a note of what it may have lost. */
  goOn(run: string, gap: LogGap | undefined): void {
    const logs = this.#runs.get(run)?.logs;
    if (logs === undefined) return;
    const isFirst = [...this.#runs].every(([other, { logs: others }]) => other === run || others !== logs);
    if (gap !== undefined && isFirst) logs.noteGap(gap);
    const left = this.#left.get(logs.dir ?? '');
    if (left === undefined || !(logs instanceof DiskLogs)) return;
    this.#left.delete(left.dir);
    logs.takeOver(left, this.ledger);
  }

  /** What the next worker must know; `runs` are its own that are read. Nothing is read or written any more. */
  handOver(runs: readonly RunHandover[]): TaskHandover {
    const open = new Set([...this.#runs.values()].map(({ logs }) => logs));
    const logs = [...open].flatMap((each) => each.handOver() ?? []);
    for (const kind of ['stdout', 'stderr'] as const) {
      const tally = this.ledger[kind];
      const rest = logs.reduce((sum, { rests }) => sum + (rests[kind]?.length ?? 0), 0);
      tally.written = tally.read - tally.dropped - rest; // also where the fault came before that was counted
    }
    for (const [dir, ends] of this.#before) logs.push({ dir, ends, rests: {}, debts: {} });
    return { task: this.name, logs, ended: [...this.#ended], memory: this.#keptInMemory(), runs };
  }

  /** Begins with what another worker knew. */
  takeOver({ logs, ended, memory }: TaskHandover): void {
    for (const left of logs) {
      this.#before.set(left.dir, left.ends);
      this.#left.set(left.dir, left);
      for (const [kind, { bytes, reason }] of Object.entries(left.debts))
        this.#tools.debts?.set(join(left.dir, logName(kind as LogKind)), { bytes, failure: new Error(reason) });
    }
    for (const [run, written] of ended) this.#ended.set(run, written);
    if (memory !== null) (this.#memory ??= this.#newMemory()).restore(memory);
  }

  /** Begins with memory that is as long as another worker's was, and empty. */
  recoverMemory(): void {
    if (OUTPUT_KINDS.some((kind) => (this.ledger.memoryEnd(kind)[0] ?? 0) > 0)) this.#memory ??= this.#newMemory();
  }

  /** Notes the end of a run, and closes its logs when it was the last to write to them. */
  end(run: string): void {
    const ending = this.#runs.get(run);
    this.#ended.set(run, this.written(run));
    this.#runs.delete(run);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > REMEMBERED_RUNS && oldest !== undefined) this.#ended.delete(oldest);
    if (ending !== undefined) this.closeUnused(ending.logs);
  }

  /** Bytes by which each log grew while a run was read; nothing of a run that is not remembered. */
  written(run: string): EndBytes {
    const reading = this.#runs.get(run);
    if (reading === undefined) return this.#ended.get(run) ?? {};
    const grown = Object.entries(reading.logs.endBytes()).map(([kind, end]) => [kind, end - (reading.began[kind as LogKind] ?? 0)]);
    return Object.fromEntries(grown) as EndBytes;
  }

  /** Whether a run of this task was read to its end. */
  hasEnded(run: string): boolean {
    return this.#ended.has(run);
  }

  /** Closes logs on disk no run writes to. */
  closeUnused(logs: TaskLogs): void {
    if (logs.dir === null || [...this.#runs.values()].some((run) => run.logs === logs)) return;
    logs.close();
    this.#before.set(logs.dir, logs.endBytes());
  }

  /** What is kept in memory of a log; undefined when none ever was. */
  memory(kind: LogKind): { readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined {
    return this.#memory?.read(kind);
  }

  /** Counters of both streams over all runs. */
  counters(): { readonly stdout: Counters; readonly stderr: Counters } {
    const { stdout, stderr } = this.#ledger ?? new TaskLedger();
    return { stdout: stdout.snapshot(), stderr: stderr.snapshot() };
  }

  endBytes(): EndBytes {
    return this.#logs?.endBytes() ?? {};
  }

  /** Frees what is kept in memory, and leaves the files as they are. Runs that are read still close them as they end. */
  forget(): void {
    for (const dir of this.#before.keys()) this.#tools.compressor.leave(dir);
    for (const { logs } of this.#runs.values()) if (logs.dir !== null) this.#tools.compressor.leave(logs.dir);
    this.#memory?.close();
    this.#memory = null;
  }

  #newMemory(): MemoryLogs {
    return new MemoryLogs(this.#tools, this.#onLateWrite, this.ledger);
  }

  #keptInMemory(): TaskHandover['memory'] {
    const memory = this.#memory;
    if (memory === null) return null;
    const [stdout, stderr, combined] = OUTPUT_KINDS.map((kind) => memory.read(kind).bytes);
    return stdout === undefined || stderr === undefined || combined === undefined ? null : { stdout, stderr, combined };
  }

  #logsFor(plan: OutputPlan): TaskLogs {
    if (plan.dir === null) return (this.#memory ??= this.#newMemory());
    for (const { logs } of this.#runs.values()) {
      if (logs.dir !== plan.dir) continue;
      logs.ensureInPlace();
      return logs;
    }
    const logs = new DiskLogs(plan.dir, plan, this.#before.get(plan.dir) ?? {}, this.#tools, this.#onLateWrite);
    this.#before.delete(plan.dir);
    return logs;
  }
}
