/**
 * The load of the benchmark `survive`: five tasks that write bursts as fast as they are taken, twice 2 MiB for every death, so that the disk
 * and who verifies keep up; one that writes 10,000 lines a second all the time; and one that is started for every death and ends by itself
 * around it. Lines have 64 bytes and their number. Kills nobody.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenOptions } from '../../src/index.ts';
import { GatedTask } from '../rig/gated-task.ts';
import { LINE_BYTES, type LineReport } from '../rig/numbered-lines.ts';
import type { SeamReport } from '../rig/seams.ts';

/** The task that is started for every death, and ends by itself. */
export const JOB = 'job';

const FLOODS = 5;
const BURST_BYTES = 2 * 1024 * 1024;
const STEADY_RATE = 10_000;
/** Rotated often, and never removed: every line is looked at in the end. */
const LOG = { maxSize: '16MiB', keep: 100_000, total: '100GiB' } as const;

/** What became of all lines of all writers. */
export interface Captured extends LineReport {
  readonly written: number;
}

/** The same, to the byte and with the seams. */
export interface Marked extends Captured, SeamReport {
  /** Logs, of either stream or of both, with another number of seams than there were deaths that leave one. */
  readonly wrongLogs: number;
}

/** The tasks of one round. */
export class SurviveLoad {
  readonly #dir: string;
  readonly #floods: readonly GatedTask[];
  readonly #steady: GatedTask;
  /** The task that ends by itself. */
  readonly job: GatedTask;

  /** @param dir theirs alone @param program the path of `numbered` */
  constructor(dir: string, program: string) {
    mkdirSync(dir, { recursive: true });
    const make = (name: string, rate: number): GatedTask =>
      new GatedTask(dir, name, { program: [program], rate, burstLines: BURST_BYTES / LINE_BYTES });
    this.#dir = dir;
    this.#floods = Array.from({ length: FLOODS }, (_, index) => make(`flood-${index + 1}`, 0));
    this.#steady = make('steady', STEADY_RATE);
    this.job = make(JOB, 0);
  }

  /** Those that write. */
  get writers(): readonly GatedTask[] {
    return [...this.#floods, this.#steady];
  }

  /** How our hosts run it. */
  get options(): OpenOptions & { readonly dataDir: string } {
    const tasks = Object.fromEntries([...this.writers, this.job].map((task) => [task.name, task.kept(LOG)]));
    return { dataDir: join(this.#dir, 'data'), tasks };
  }

  /** Asks for a burst of each. */
  burst(): void {
    for (const flood of this.#floods) flood.burst();
  }

  /** Ends the writers, each with a code of its own, and gives those by name. */
  finish(): ReadonlyMap<string, number> {
    return new Map(
      this.writers.map((task, index) => {
        task.finish(101 + index);
        return [task.name, 101 + index];
      }),
    );
  }

  /** Looks at every line, in the logs that `verify` looks at. */
  captured(verify: (task: GatedTask) => LineReport): Captured {
    const total = { written: 0, lines: 0, missing: 0, repeated: 0, torn: 0 };
    for (const task of this.writers) {
      const { lines, missing, repeated, torn } = verify(task);
      total.written += task.written();
      total.lines += lines;
      total.missing += missing;
      total.repeated += repeated;
      total.torn += torn;
    }
    return total;
  }

  /** Looks at every line and every seam in our logs, where each should have `seams`. */
  marked(seams: number): Marked {
    const total = { written: 0, lines: 0, missing: 0, repeated: 0, torn: 0, seams: 0, lostBytes: 0, unmarked: 0, wrongLogs: 0 };
    for (const task of this.writers) {
      const found = task.verifySeams(join(this.options.dataDir, 'tasks', task.name));
      for (const key of Object.keys(found.stdout) as (keyof SeamReport)[]) total[key] += found.stdout[key];
      total.written += task.written();
      total.wrongLogs += found.seams.filter((count) => count !== seams).length;
    }
    return total;
  }

  /** Lets go of them all: what still runs ends. */
  close(): void {
    for (const task of [...this.writers, this.job]) task.close();
  }
}
