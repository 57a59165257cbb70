/** The logs of a task that keeps its output in memory. Nothing here touches a file. */
import { MEMORY_BYTES, OUTPUT_KINDS } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { OutputPlan } from '../../shim/protocol.ts';
import type { LogGap } from './api.ts';
import { CombinedLog } from './combined-log.ts';
import { MemoryLog } from './memory-log.ts';
import { TaskLedger } from './task-ledger.ts';
import type { EndBytes } from './log-sink.ts';
import type { LogTools, TaskLogs } from './task-logs.ts';

/** Logs in memory; {@link MemoryLogs.read} is all there is to see of them. */
export class MemoryLogs implements TaskLogs {
  readonly dir = null;
  readonly stdout: MemoryLog;
  readonly stderr: MemoryLog;
  readonly #combined: MemoryLog;
  readonly #interleaver: CombinedLog;

  /** @param ledger counts their bytes */
  constructor(tools: LogTools, onLateWrite: () => void, ledger: TaskLedger = new TaskLedger()) {
    this.stdout = new MemoryLog(MEMORY_BYTES, ledger.memoryEnd('stdout'));
    this.stderr = new MemoryLog(MEMORY_BYTES, ledger.memoryEnd('stderr'));
    this.#combined = new MemoryLog(MEMORY_BYTES, ledger.memoryEnd('combined'));
    this.#interleaver = new CombinedLog(this.#combined, tools.clock, onLateWrite);
  }

  endBytes(): EndBytes {
    return { stdout: this.stdout.endBytes, stderr: this.stderr.endBytes, combined: this.#combined.endBytes };
  }

  combined(): CombinedLog {
    return this.#interleaver;
  }

  /** What is kept of a log, and the position of its first byte. */
  read(kind: LogKind): { readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> } {
    return this.#log(kind).read();
  }

  /** Takes over what another worker kept. */
  restore(kept: Readonly<Record<LogKind, Uint8Array>>): void {
    for (const kind of OUTPUT_KINDS) this.#log(kind).restore(kept[kind]);
  }

  noteGap({ maxBytes, reason }: LogGap): void {
    for (const kind of OUTPUT_KINDS) {
      const bytes = maxBytes[kind];
      if (bytes !== undefined) this.#log(kind).noteGap(bytes, reason);
    }
  }

  handOver(): null {
    return null;
  }

  ensureInPlace(): void {}

  prepare(plan: OutputPlan): void {
    if (!plan.rotate) return;
    this.stdout.startOver();
    this.stderr.startOver();
    this.#interleaver.startOver();
  }

  runBegins(): void {}

  rotate(): void {}

  createMissing(): void {}

  settle(): void {}

  close(): void {
    this.#interleaver.close();
    this.stdout.close();
    this.stderr.close();
  }

  #log(kind: LogKind): MemoryLog {
    return kind === 'combined' ? this.#combined : this[kind];
  }
}
