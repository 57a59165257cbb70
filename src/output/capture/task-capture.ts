/** What the log worker knows of one task over all its runs: its logs, how far they got, its counters. It reads no pipe. */
import { existsSync } from 'node:fs';
import type { LogKind } from '../layout.ts';
import type { OutputPlan } from '../../shim/protocol.ts';
import type { Counters } from './api.ts';
import type { CombinedLog } from './combined-log.ts';
import type { Growing } from './growth-notices.ts';
import { StreamTally } from './run-capture.ts';
import { DiskLogs, MemoryLogs } from './task-logs.ts';
import type { EndBytes, LogTools, TaskLogs } from './task-logs.ts';

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
  readonly tallies = { stdout: new StreamTally(), stderr: new StreamTally() };
  readonly #tools: LogTools;
  readonly #onLateWrite: () => void;
  readonly #runs = new Map<string, { readonly logs: TaskLogs; readonly began: EndBytes }>();
  /** What each of the last runs wrote. */
  readonly #ended = new Map<string, EndBytes>();
  #memory: MemoryLogs | null = null;
  /** Where new runs write, or the last one did. */
  #logs: TaskLogs | null = null;
  /** How far the logs in a folder had got when they were closed. */
  readonly #before = new Map<string, EndBytes>();

  constructor(name: string, tools: LogTools, onLateWrite: () => void) {
    this.name = name;
    this.#tools = tools;
    this.#onLateWrite = onLateWrite;
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

  /** Notes that a run writes to `logs`. */
  begin(run: string, logs: TaskLogs): void {
    this.#runs.set(run, { logs, began: logs.endBytes() });
    logs.runBegins(run);
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
    return { stdout: this.tallies.stdout.snapshot(), stderr: this.tallies.stderr.snapshot() };
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

  #logsFor(plan: OutputPlan): TaskLogs {
    if (plan.dir === null) return (this.#memory ??= new MemoryLogs(this.#tools, this.#onLateWrite));
    for (const { logs } of this.#runs.values()) {
      if (logs.dir !== plan.dir) continue;
      logs.ensureInPlace();
      return logs;
    }
    return new DiskLogs(plan.dir, plan, this.#before.get(plan.dir) ?? {}, this.#tools, this.#onLateWrite);
  }
}
