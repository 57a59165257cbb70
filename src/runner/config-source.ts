/** Where the definitions and settings of a runner came from when it was opened, so that they can be read once more. Changes nothing of a runner. */
import type { LoadedConfig } from '../config/loaded.ts';
import type { TaskDefaults } from '../model/definition.ts';
import type { ResolvedGroup } from '../model/group.ts';
import type { Authored } from './definition-plan.ts';

/** What a runner was opened with. */
export interface OpenedWith {
  readonly taskDefaults: TaskDefaults;
  /** The data directory, where it was named outright; null: the configuration decides. */
  readonly dataDir: string | null;
  /** Groups that code defined. */
  readonly groups: readonly ResolvedGroup[];
  /** Names of the tasks that code defined when the runner was opened: they win over a file. */
  readonly names: ReadonlySet<string>;
  /** Whether tasks marked to run at startup are started. */
  readonly autostart: boolean;
  /** Room for what the machines did; 0: it is not kept. */
  readonly historyBytes: number;
  /** What the runner was opened with, which some settings stay as. */
  readonly opened: LoadedConfig;
}

/** The same, with what the files said when they were taken over last. They are read by one at a time. */
export class ConfigSource {
  readonly with: OpenedWith;
  loaded: LoadedConfig;
  #last: Promise<unknown> = Promise.resolve();

  constructor(openedWith: OpenedWith) {
    this.with = openedWith;
    this.loaded = openedWith.opened;
  }

  /** Does `action` once those before it are done. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const next = this.#last.then(action);
    this.#last = next.catch(() => undefined); // told to its caller
    return next;
  }
}

/** The tasks of a configuration, as what their author wrote. */
export const fromFiles = ({ tasks }: Pick<LoadedConfig, 'tasks'>): Authored[] =>
  tasks.map(({ definition, source }) => ({ input: null, definition, source, origin: 'file', isPersisted: false }));

/** The groups of a configuration and of code, by name; code wins. */
export const mergeGroups = ({ groups }: Pick<LoadedConfig, 'groups'>, fromCode: readonly ResolvedGroup[]): Map<string, ResolvedGroup> =>
  new Map([...groups.map(({ definition }) => definition), ...fromCode].map((group) => [group.name, group]));
