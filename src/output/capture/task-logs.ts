/** The three logs of a task, in one place: on disk within their limits, or in memory. Which bytes go where is decided elsewhere. */
import { OwnedDir } from '../../util/owned-dir.ts';
import { OUTPUT_KINDS, indexName, logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { OutputPlan } from '../../shim/protocol.ts';
import type { Clock } from './clock.ts';
import { CombinedLog } from './combined-log.ts';
import { LogFile } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import type { LogLimits, LogSink } from './log-sink.ts';
import { MemoryLog } from './memory-log.ts';
import type { Debt } from './write-pressure.ts';
import type { WriteFunction } from './write-fully.ts';

/** Bytes each log had, since it began, when it was last closed. */
export type EndBytes = Partial<Record<LogKind, number>>;

/** What all logs of a worker share. */
export interface LogTools {
  readonly clock: Clock;
  /** What closed logs owe, by path. */
  readonly debts?: Map<string, Debt>;
  /** Replaced in tests to let writes fail. */
  readonly write?: WriteFunction | undefined;
}

/** The logs of a task. */
export interface TaskLogs {
  /** Folder of the files; null: in memory. */
  readonly dir: string | null;
  readonly stdout: LogSink;
  readonly stderr: LogSink;
  /** Bytes of each log since it began. */
  endBytes(): EndBytes;
  /** The combined log, opened when it is first asked for. @throws the system's error */
  combined(): CombinedLog;
  /** Goes on in new files where someone else removed or renamed those that are open. @throws the system's error */
  ensureInPlace(): void;
  /** Makes them ready for another run, once they are in place: its limits, its wish for empty logs. @throws the system's error */
  prepare(plan: OutputPlan): void;
  /** Whose bytes come from now on; while another run still writes, those of both count as the last one's. */
  runBegins(run: string): void;
  /** Creates what is not there: apart from the opening, because an inode takes longer to make than all the rest, and a start waits for that. */
  createMissing(): void;
  /** Tries once more to note what was dropped. */
  settle(): void;
  close(): void;
}

/** Logs in memory; {@link MemoryLogs.read} is all there is to see of them. */
export class MemoryLogs implements TaskLogs {
  readonly dir = null;
  readonly stdout = new MemoryLog();
  readonly stderr = new MemoryLog();
  readonly #combined = new MemoryLog();
  readonly #interleaver: CombinedLog;

  constructor(tools: LogTools, onLateWrite: () => void) {
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
    return (kind === 'combined' ? this.#combined : this[kind]).read();
  }

  ensureInPlace(): void {}

  prepare(plan: OutputPlan): void {
    if (!plan.rotate) return;
    this.stdout.startOver();
    this.stderr.startOver();
    this.#interleaver.startOver();
  }

  runBegins(): void {}

  createMissing(): void {}

  settle(): void {}

  close(): void {
    this.#interleaver.close();
    this.stdout.close();
    this.stderr.close();
  }
}

/** Logs on disk, in a directory that stays open as long as they do. */
export class DiskLogs implements TaskLogs {
  readonly dir: string;
  readonly stdout: LogFile;
  readonly stderr: LogFile;
  readonly #owned: OwnedDir;
  readonly #tools: LogTools;
  readonly #onLateWrite: () => void;
  readonly #limits: LogLimits;
  readonly #before: EndBytes;
  readonly #files = new Map<LogKind, LogFile>();
  readonly #indexes = new Map<LogKind, LogIndex>();
  #combined: CombinedLog | null = null;

  /**
   * Opens the directory and the logs of the two streams. Creates none of them.
   * @param before where each log was when it was last closed; none: it begins with the files that are there
   * @throws UnsafePathError for a planted path, otherwise the system's error; nothing stays open then
   */
  constructor(dir: string, plan: OutputPlan, before: EndBytes, tools: LogTools, onLateWrite: () => void) {
    this.dir = dir;
    this.#tools = tools;
    this.#onLateWrite = onLateWrite;
    this.#before = before;
    this.#limits = { maxSizeBytes: plan.maxSizeBytes, keep: plan.keep, totalBytes: plan.totalBytes };
    this.#owned = OwnedDir.open(dir, { parents: true });
    try {
      const names = this.#owned.names();
      this.stdout = this.#openFile('stdout', names);
      this.stderr = this.#openFile('stderr', names);
      // What an earlier run left counts towards the total, so it is looked at even where this run adds nothing to it.
      if (plan.combined || names.includes(logName('combined'))) this.combined(names);
    } catch (error) {
      this.#closeFiles();
      throw error;
    }
  }

  endBytes(): EndBytes {
    return { ...this.#before, ...Object.fromEntries([...this.#files].map(([kind, file]) => [kind, file.endBytes])) };
  }

  combined(names?: readonly string[]): CombinedLog {
    this.#combined ??= new CombinedLog(this.#openFile('combined', names ?? this.#owned.names()), this.#tools.clock, this.#onLateWrite);
    return this.#combined;
  }

  ensureInPlace(): void {
    for (const file of this.#files.values()) file.ensureInPlace();
  }

  prepare(plan: OutputPlan): void {
    Object.assign(this.#limits, { maxSizeBytes: plan.maxSizeBytes, keep: plan.keep, totalBytes: plan.totalBytes });
    if (plan.rotate) {
      this.stdout.startOver();
      this.stderr.startOver();
      this.#combined?.startOver();
    }
    this.#trim();
  }

  runBegins(run: string): void {
    for (const index of this.#indexes.values()) index.runBegins(run);
  }

  settle(): void {
    for (const file of this.#files.values()) file.settle();
  }

  close(): void {
    this.#combined?.flush();
    this.settle();
    this.createMissing();
    this.#closeFiles();
  }

  createMissing(): void {
    for (const file of this.#files.values()) file.createIfMissing();
  }

  #openFile(kind: LogKind, names: readonly string[]): LogFile {
    const dir = this.#owned;
    const index = new LogIndex({ dir, kind, clock: this.#tools.clock });
    if (names.includes(indexName(kind))) dir.check(indexName(kind));
    const file = new LogFile({
      dir,
      kind,
      names,
      index,
      limits: this.#limits,
      endBytes: this.#before[kind],
      onRotated: () => this.#trim(),
      clock: this.#tools.clock,
      ...(this.#tools.debts === undefined ? {} : { debts: this.#tools.debts }),
      write: this.#tools.write,
    });
    this.#files.set(kind, file);
    this.#indexes.set(kind, index);
    return file;
  }

  /** Removes rotated files that are too many, or too much for the task. */
  #trim(): void {
    const files = OUTPUT_KINDS.map((kind) => this.#files.get(kind)).filter((file) => file !== undefined);
    try {
      for (const file of files) while (file.rotated.count > this.#limits.keep) file.rotated.removeOldest();
      for (;;) {
        const totalBytes = files.reduce((sum, file) => sum + bytesOf(file), 0);
        const [largest] = files.filter((file) => file.rotated.count > 0).sort((a, b) => bytesOf(b) - bytesOf(a));
        if (totalBytes <= this.#limits.totalBytes || largest === undefined) return;
        largest.rotated.removeOldest();
      }
    } catch {
      // A file that cannot be removed now stays counted, and is tried again at the next rotation: losing output over it
      // would be worse.
    }
  }

  #closeFiles(): void {
    for (const file of this.#files.values()) file.close();
    this.#owned.close();
  }
}

const bytesOf = (file: LogFile): number => file.sizeBytes + file.rotated.totalBytes;
