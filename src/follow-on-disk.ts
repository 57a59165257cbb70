/**
 * Following the output of tasks from their files alone, beside a runner of another process, before one runs and after it ended:
 * the system tells when files change. Locks, starts and changes nothing, and polls nothing.
 */
import { readdirSync } from 'node:fs';
import { TaskError, messageOf } from './errors.ts';
import { OutputKind, type OutputRecord } from './model/output.ts';
import { TASK_NAME_PATTERN } from './model/task-name.ts';
import { RUN_FILE, logName } from './output/layout.ts';
import { FolderWatch } from './output/read/folder-watch.ts';
import { follow, type FollowSources, type FollowTarget, type LogStart } from './output/read/follow.ts';
import type { DirigentPaths } from './paths.ts';
import { resolveFollowStarts, type FollowFrom } from './runner/follow-start.ts';
import { readRunState, type RunState } from './runner/run-state.ts';

/** What of which tasks is followed. */
export interface FollowOnDiskOptions {
  /** @default 'combined' */
  readonly kind?: OutputKind;
  /** Where to begin, as for `follow` of a runner. @default 'end' */
  readonly from?: FollowFrom;
  readonly signal?: AbortSignal;
}

/**
 * The same as `follow` of a runner, of tasks that another process runs or will run. `names` are some, or say which are followed of
 * those there are; then those that come later are followed too, from their first line. It never ends by itself. A folder that
 * cannot be watched rejects the next record.
 * @throws TaskError `ARGUMENT_INVALID`; `DATA_DIR_UNUSABLE` when the tasks cannot be listed
 */
export function followOutputOnDisk(
  paths: DirigentPaths,
  names: readonly string[] | ((name: string) => boolean),
  { kind = 'combined', from, signal }: FollowOnDiskOptions = {},
): AsyncIterableIterator<OutputRecord> {
  if (!OutputKind.options.includes(kind))
    throw new TaskError('ARGUMENT_INVALID', `kind: expected ${OutputKind.options.join(', ')}, got ${JSON.stringify(kind)}`);
  return new FilesFollowed(paths, names, kind).follow(from, signal);
}

/** The tasks that are followed, each with its folder. */
class FilesFollowed {
  readonly #paths: DirigentPaths;
  readonly #names: readonly string[];
  readonly #isWanted: (name: string) => boolean;
  readonly #kind: OutputKind;
  readonly #runs = new Map<string, RunState>();
  readonly #watches = new Map<string, FolderWatch>();
  #fail: (error: unknown) => void = () => undefined;

  constructor(paths: DirigentPaths, names: readonly string[] | ((name: string) => boolean), kind: OutputKind) {
    this.#paths = paths;
    this.#kind = kind;
    this.#isWanted = typeof names === 'function' ? names : () => false;
    this.#names = typeof names === 'function' ? this.#present() : names;
    for (const name of this.#names)
      if (!TASK_NAME_PATTERN.test(name))
        throw new TaskError('ARGUMENT_INVALID', `expected the name of a task, got ${JSON.stringify(name)}`);
  }

  follow(from: FollowFrom | undefined, signal: AbortSignal | undefined): AsyncIterableIterator<OutputRecord> {
    const starts = resolveFollowStarts(
      this.#names.map((task) => ({ task, kind: this.#kind })),
      from,
    );
    const targets = this.#names.map((name, index) => this.#target(name, starts[index]));
    const sources: FollowSources = {
      growth: { subscribe: (task, kind, listener) => this.#watch(task, kind, listener) },
      newcomers: (join) => this.#watchForTasks(join),
      memory: () => Promise.reject(new Error('what is kept in memory has no files')),
      ended: new Promise((_resolve, reject) => (this.#fail = reject)),
    };
    return follow(targets, sources, { signal });
  }

  #target(task: string, start: LogStart | undefined): FollowTarget {
    return {
      task,
      kind: this.#kind,
      dir: this.#paths.taskDir(task),
      runId: () => this.#runs.get(task)?.runId ?? null,
      isAtRest: () => this.#runs.get(task)?.isOver ?? false,
      start,
    };
  }

  #watch(task: string, kind: OutputKind, listener: () => void): () => void {
    const look = (): void => void this.#runs.set(task, readRunState(this.#paths, task));
    const changed = (name: string | null): void => {
      if (name === null || name === RUN_FILE) look();
      if (name === null || name === RUN_FILE || name.startsWith(logName(kind))) listener();
    };
    const watch = this.#watchFolder(this.#paths.taskDir(task), changed);
    this.#watches.set(task, watch);
    look(); // once it is watched: an end in between would be told by nobody
    return () => {
      this.#watches.delete(task);
      watch.close();
    };
  }

  #watchForTasks(join: (target: FollowTarget) => void): () => void {
    const known = new Set(this.#names);
    const look = (): void => {
      for (const name of this.#present()) {
        if (known.has(name)) continue;
        known.add(name);
        join(this.#target(name, { type: 'start' }));
      }
    };
    const changed = (name: string | null): void => {
      for (const [task, watch] of this.#watches) if (name === null || name === task) watch.check();
      look();
    };
    // Above it are the data directory and the folder of that: all of them may be removed and made anew.
    const watch = this.#watchFolder(this.#paths.tasksDir(), changed, 2);
    look(); // one may have come since the others were listed
    return () => watch.close();
  }

  #watchFolder(path: string, changed: (name: string | null) => void, levelsAbove = 0): FolderWatch {
    const onChange = (name: string | null): void => {
      try {
        changed(name);
      } catch (error) {
        this.#fail(error);
      }
    };
    return new FolderWatch({ path, onChange, onError: (error) => this.#fail(error), levelsAbove });
  }

  /** The tasks there are that are wanted. */
  #present(): string[] {
    try {
      return readdirSync(this.#paths.tasksDir())
        .filter((name) => TASK_NAME_PATTERN.test(name) && this.#isWanted(name))
        .sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing has run yet
      throw new TaskError('DATA_DIR_UNUSABLE', `${this.#paths.tasksDir()} cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }
}
