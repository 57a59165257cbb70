/** What another reading of the configuration files comes to: which definitions are taken over, and which tasks change by that. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { taskNames } from '../config/instances.ts';
import type { ResolvedTask } from '../model/definition.ts';
import { keyOf, type Authored, type AuthoredByKey, type Plan, type Registration } from './definition-plan.ts';

/** What a reload does, or would do. Names are those of tasks, in the order of definition. */
export interface ReloadPlan {
  /** New ones; those marked to run at startup are started. */
  readonly added: readonly string[];
  /** Those whose definition is another one. */
  readonly changed: readonly string[];
  /** Those that the files define no more: stopped and forgotten; their logs stay. */
  readonly removed: readonly string[];
  /** Those of `changed` that run, are being started or back off, and so are stopped and started anew. */
  readonly restarted: readonly string[];
  /** How many tasks of the files are as they were. */
  readonly unchanged: number;
  /** Whether this is what would be done, and nothing was. */
  readonly dryRun: boolean;
  /** What changed and takes effect later, and what is ignored, each a sentence. */
  readonly notes: readonly string[];
}

/** What the runner has, and what its files say. */
export interface ReloadSides {
  /** Every definition, whoever made it. */
  readonly present: AuthoredByKey;
  /** What the files said when they were read last. */
  readonly before: readonly Authored[];
  /** What they say now. */
  readonly now: readonly Authored[];
  /** Names that a file does not win: code gave them to `open`. */
  readonly fixed: ReadonlySet<string>;
  /** What `tasks.json` has under a name that the files have no more. */
  readonly kept: (name: string) => Authored | undefined;
}

/** What is to be taken over. */
export interface Takeover {
  readonly given: readonly Authored[];
  /** Names of definitions that are no more. */
  readonly gone: ReadonlySet<string>;
}

/**
 * Decides whose definition counts. A file wins as it does when a runner opens: over what was persisted, and not over the code that
 * opened it. What someone registered later over a task of a file stays until the file says something else.
 */
export function toTakeover({ present, before, now, fixed, kept }: ReloadSides): Takeover {
  const said = new Map(before.map(({ definition }) => [definition.name, definition]));
  const given = now.filter(({ definition }) => {
    const other = present.get(keyOf(definition.name));
    if (other === undefined || other.origin === 'file') return true;
    return !fixed.has(definition.name) && !isDeepStrictEqual(said.get(definition.name), definition);
  });
  const named = new Set(now.map(({ definition }) => definition.name));
  const left = [...present.values()].filter(({ origin, definition }) => origin === 'file' && !named.has(definition.name));
  const back = left.flatMap(({ definition }) => kept(definition.name) ?? []);
  const isBack = new Set(back.map(({ definition }) => definition.name));
  const gone = left.map(({ definition }) => definition.name).filter((name) => !isBack.has(name));
  return { given: [...given, ...back], gone: new Set(gone) };
}

/** The definitions that stay, for others to be judged by. One whose name comes again, if only in another case, is among them. */
export function withoutGone(present: AuthoredByKey, { given, gone }: Takeover): AuthoredByKey {
  const keys = new Set(given.map(({ definition }) => keyOf(definition.name)));
  return new Map([...present].filter(([key, { definition }]) => keys.has(key) || !gone.has(definition.name)));
}

/** What becomes of the tasks. */
export interface TaskChanges extends Pick<ReloadPlan, 'added' | 'changed' | 'removed' | 'unchanged'> {
  /** Those whose machines are to hear of it: also where a dependency has other instances now, which changes nobody's definition. */
  readonly registrations: readonly Registration[];
}

/** Compares the tasks of a plan with those there are. */
export function toChanges(takeover: Takeover, plan: Plan, present: AuthoredByKey, tasks: readonly Registration[]): TaskChanges {
  const byName = new Map(tasks.map((task) => [task.definition.name, task]));
  const given = new Map(takeover.given.map(({ definition }) => [definition.name, definition]));
  const made = plan.registrations.filter(({ definedAs }) => given.has(definedAs));
  const ownOf = (task: Registration, definition: ResolvedTask | undefined): ResolvedTask => ({
    ...task.definition,
    dependsOn: (definition ?? task.definition).dependsOn,
  });
  const isSame = (task: Registration, old: Registration): boolean =>
    isDeepStrictEqual(ownOf(task, given.get(task.definedAs)), ownOf(old, present.get(keyOf(old.definedAs))?.definition));
  const old = made.map((task) => ({ task, name: task.definition.name, before: byName.get(task.definition.name) }));
  const names = new Set(old.map(({ name }) => name));
  const over = new Set([...plan.obsolete, ...[...present.values()].flatMap(({ definition }) => toGone(definition, takeover))]);
  return {
    added: old.filter(({ before }) => before === undefined).map(({ name }) => name),
    changed: old.filter(({ task, before }) => before !== undefined && !isSame(task, before)).map(({ name }) => name),
    removed: [...byName.keys()].filter((name) => over.has(name) && !names.has(name)),
    unchanged: old.filter(({ task, before }) => before !== undefined && isSame(task, before)).length,
    registrations: plan.registrations.filter(({ definition }) => !isDeepStrictEqual(byName.get(definition.name)?.definition, definition)),
  };
}

const toGone = (definition: ResolvedTask, { gone }: Takeover): string[] => (gone.has(definition.name) ? taskNames(definition) : []);
