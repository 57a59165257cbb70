/** The three logs of a task, in one place, and those on disk, within their limits. Which bytes go where is decided elsewhere. */
import { OwnedDir } from '../../util/owned-dir.ts';
import { indexName, logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { OutputPlan } from '../../shim/protocol.ts';
import type { AgeTimer, Aging } from './age-timer.ts';
import type { LogGap } from './api.ts';
import type { Clock } from './clock.ts';
import { CombinedLog } from './combined-log.ts';
import { reasonOf } from './drop-note.ts';
import type { LogsHandover } from './handover.ts';
import type { Compressor, OpenLogs } from './compressor.ts';
import { LogFile } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import type { EndBytes, LogLimits, LogSink } from './log-sink.ts';
import { nextExpiryMs, retain } from './retention.ts';
import type { RotatedFiles } from './rotated-files.ts';
import type { Debt, WriteAccount } from './write-pressure.ts';
import type { WriteFunction } from './write-fully.ts';

/** What all logs of a worker share. */
export interface LogTools {
  readonly clock: Clock;
  readonly ages: AgeTimer;
  readonly compressor: Compressor;
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
  /** Says in each log what may be missing here. */
  noteGap(gap: LogGap): void;
  /** What the next worker must know of them; null: no files. */
  handOver(): LogsHandover | null;
  /** Rotates what holds anything, each log as soon as no line of it is open. */
  rotate(): void;
  /** Creates what is not there: apart from the opening, because an inode takes longer to make than all the rest, and a start waits for that. */
  createMissing(): void;
  /** Tries once more to note what was dropped. */
  settle(): void;
  close(): void;
}

/** Logs on disk, in a directory that stays open as long as they do. */
export class DiskLogs implements TaskLogs, Aging, OpenLogs {
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
    this.#limits = toLimits(plan);
    this.#owned = OwnedDir.open(dir, { parents: true });
    try {
      const names = this.#owned.names();
      this.stdout = this.#openFile('stdout', names);
      this.stderr = this.#openFile('stderr', names);
      // What an earlier run left counts towards the total, so it is looked at even where this run adds nothing to it.
      if (plan.combined || names.includes(logName('combined'))) this.combined(names);
      tools.compressor.opened(this, this.#owned, names);
    } catch (error) {
      this.#closeFiles();
      throw error;
    }
  }

  /** The rotated files of every log. */
  get rotated(): readonly RotatedFiles[] {
    return [...this.#files.values()].map((file) => file.rotated);
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
    Object.assign(this.#limits, toLimits(plan));
    if (plan.rotate) {
      this.stdout.startOver();
      this.stderr.startOver();
      this.#combined?.startOver();
    }
    this.#tidyUp();
  }

  runBegins(run: string): void {
    for (const index of this.#indexes.values()) index.runBegins(run);
  }

  noteGap({ maxBytes, reason }: LogGap): void {
    this.createMissing();
    for (const [kind, file] of this.#files) {
      const bytes = maxBytes[kind];
      if (bytes !== undefined) file.noteGap(bytes, reason);
    }
  }

  handOver(): LogsHandover {
    const files = [...this.#files];
    const owing = files.flatMap(([kind, { debt }]) => (debt === undefined ? [] : [[kind, debt] as const]));
    return {
      dir: this.dir,
      ends: this.endBytes(),
      rests: Object.fromEntries(files.map(([kind, file]) => [kind, file.unwritten()])),
      debts: Object.fromEntries(owing.map(([kind, { bytes, failure }]) => [kind, { bytes, reason: reasonOf(failure) }])),
    };
  }

  /** Takes what another worker had and did not write. `accounts` are told what becomes of it. */
  takeOver({ rests }: LogsHandover, accounts: { readonly stdout: WriteAccount; readonly stderr: WriteAccount }): void {
    if (rests.combined !== undefined) this.combined();
    for (const [kind, file] of this.#files) {
      const { length, buffer, byteOffset } = rests[kind] ?? Buffer.alloc(0);
      if (length === 0) continue;
      const account = kind === 'combined' ? undefined : accounts[kind];
      const missing = file.append(Buffer.from(buffer, byteOffset, length), 0, length, account);
      if (account !== undefined) account.written += length - missing;
    }
  }

  rotate(): void {
    for (const file of this.#files.values()) file.rotateSoon();
    this.createMissing();
  }

  onDue(): void {
    for (const file of this.#files.values()) file.rotateIfDue();
    this.#trim();
    // What could not be done waits for bytes or a rotation: asked for again at once, it would not get on.
    this.#watchAges(this.#tools.clock.nowMs());
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
      clock: this.#tools.clock,
      onRotated: () => this.#tidyUp(),
      onBegan: () => this.#watchAges(),
      ...(this.#tools.debts === undefined ? {} : { debts: this.#tools.debts }),
      write: this.#tools.write,
    });
    this.#files.set(kind, file);
    this.#indexes.set(kind, index);
    return file;
  }

  /** What is to be done after a rotation, and when limits may be others. */
  #tidyUp(): void {
    this.#trim();
    this.#watchAges();
  }

  #trim(): void {
    retain([...this.#files.values()], this.#limits, this.#tools.clock.nowMs());
    if (this.#limits.compress) this.#tools.compressor.look(this.dir);
    else this.#tools.compressor.leave(this.dir);
  }

  /** Asks to be woken when a file is due next, after `afterMs`. */
  #watchAges(afterMs = Number.NEGATIVE_INFINITY): void {
    const files = [...this.#files.values()];
    const moments = [nextExpiryMs(files, this.#limits), ...files.map((file) => file.rotationDueMs)];
    this.#tools.ages.set(this, Math.min(...moments.filter((moment) => moment > afterMs), Number.POSITIVE_INFINITY));
  }

  #closeFiles(): void {
    this.#tools.ages.set(this, Number.POSITIVE_INFINITY);
    this.#tools.compressor.closed(this);
    for (const file of this.#files.values()) file.close();
    this.#owned.close();
  }
}

function toLimits({ maxSizeBytes, keep, totalBytes, rotateEveryMs, maxAgeMs, compress }: OutputPlan): LogLimits {
  return { maxSizeBytes, keep, totalBytes, rotateEveryMs, maxAgeMs, compress };
}
