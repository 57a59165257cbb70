/**
 * Keeps every step of every machine of a runner, for `dirigent record`. While machines work, references are noted and nothing else; what they
 * mean is worked out and written later, a little at a time. Nothing here reaches the machines, and no fault of it reaches a task.
 */
import type { InspectionEvent } from 'xstate';
import { messageOf, TaskError } from '../errors.ts';
import { Encoder, type NewFrame } from '../inspector/encoder.ts';
import { MachineNames } from '../inspector/machine-names.ts';
import { Plainer } from '../inspector/plain.ts';
import { HistorySize } from '../model/config.ts';
import type { Frame, Hello } from '../trace/frame.ts';
import { UnsafePathError, type OwnedDir } from '../util/owned-dir.ts';
import { HistoryFile, INSPECTOR_FOLDER } from './history-file.ts';

/** What a history needs. */
export interface HistoryOptions {
  /** The data directory. */
  readonly dataDir: OwnedDir;
  /** Of both segments together. */
  readonly maxBytes: number;
  /** What the source of the frames is called. */
  readonly name: string;
  /** Told the first time that something could not be kept. */
  readonly failed: (message: string) => void;
}

interface Noted {
  readonly event: InspectionEvent;
  readonly atMs: number;
}

/** From the first note to the writing. */
const DELAY_MS = 200;
/** Notes that are worked out before others get their turn: about a millisecond. */
const MAX_AT_ONCE = 100;

/** What a caller gives as the size of the history, as bytes; 0 for none. @throws TaskError `ARGUMENT_INVALID` */
export function historyBytes(given: string | number | false): number {
  const { data, error } = HistorySize.safeParse(given);
  if (data !== undefined) return data;
  throw new TaskError('ARGUMENT_INVALID', `open: history: ${error?.issues[0]?.message ?? ''}, got ${JSON.stringify(given)}`);
}

/** Opens the history of a runner; undefined where none is to be kept, and where none can be. @throws UnsafePathError */
export function openHistory(options: HistoryOptions): History | undefined {
  if (options.maxBytes === 0) return undefined;
  try {
    return new History(options);
  } catch (error) {
    if (error instanceof UnsafePathError) throw error;
    options.failed(messageOf(error));
    return undefined;
  }
}

/** The history of one life of a runner. */
export class History {
  readonly #options: HistoryOptions;
  readonly #file: HistoryFile;
  readonly #encoder: Encoder;
  readonly #boot = `${process.pid}.${Date.now().toString(36)}`;
  #noted: Noted[] = [];
  #lines: string[] = [];
  #n = 0;
  #lastMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isTold = false;

  /** @throws UnsafePathError, or the system's error, when the folder or the file cannot be ours */
  constructor(options: HistoryOptions) {
    this.#options = options;
    const dir = options.dataDir.dir(INSPECTOR_FOLDER);
    this.#file = new HistoryFile({ dir, maxBytes: options.maxBytes / 2, failed: (message) => this.#fail(message) });
    const emit = (frame: NewFrame, atMs: number): void => this.#emit(frame, atMs);
    this.#encoder = new Encoder({ plainer: new Plainer(), names: new MachineNames(), emit });
    this.#file.begin(this.#hello());
  }

  /** Takes note of what XState tells, in the order in which it tells it. */
  readonly note = (event: InspectionEvent): void => {
    if (this.#isClosed) return;
    this.#noted.push({ event, atMs: Date.now() });
    this.#timer ??= setTimeout(() => this.#work(), DELAY_MS);
  };

  /** Writes what was noted so far. Resolves when that is done; nothing is noted from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    while (this.#noted.length > 0) this.#encode();
    await this.#file.close();
  }

  #work(): void {
    this.#encode();
    // By a timer, not at once: whatever waits for its turn comes first.
    this.#timer = this.#noted.length === 0 ? undefined : setTimeout(() => this.#work(), 1);
  }

  #encode(): void {
    const batch = this.#noted.splice(0, MAX_AT_ONCE);
    for (const { event, atMs } of batch) {
      try {
        this.#encoder.next(event, atMs);
      } catch (error) {
        this.#fail(messageOf(error));
      }
      if (this.#file.needsHello) this.#begin();
    }
    this.#flush();
  }

  #fail(message: string): void {
    if (!this.#isTold) this.#options.failed(message);
    this.#isTold = true;
  }

  #emit(frame: NewFrame, atMs: number): void {
    this.#n += 1;
    this.#lastMs = atMs;
    const line: Frame = { n: this.#n, t: atMs, ...frame };
    this.#lines.push(`${JSON.stringify(line)}\n`);
  }

  #begin(): void {
    this.#flush();
    this.#file.begin(this.#hello());
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#file.append(this.#lines.join(''));
    this.#lines = [];
  }

  #hello(): string {
    const { pid, version: node } = process;
    const hello: Hello = {
      k: 'hello',
      v: 1,
      n: this.#n,
      t: this.#lastMs,
      boot: this.#boot,
      source: { name: this.#options.name, pid, node },
      machines: this.#encoder.machines.map(({ g }) => ({ g })),
      actors: this.#encoder.actors(),
    };
    return `${JSON.stringify(hello)}\n`;
  }
}
