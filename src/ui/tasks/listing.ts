/** Which tasks are listed, and in what order: the filter and the groups. Pure. */
import type { Task } from '../server/json.ts';
import { toneOf } from './words.ts';

/** Kinds of tasks one may look at alone. */
export const KINDS = ['all', 'running', 'trouble', 'stopped', 'finished'] as const;
/** Kinds of tasks one may look at alone. */
export type Kind = (typeof KINDS)[number];

/** What is looked for. */
export interface Filter {
  readonly text: string;
  readonly kind: Kind;
}

/** A row: a task, or the head of a group. */
export type Row =
  | { readonly type: 'task'; readonly name: string }
  | { readonly type: 'group'; readonly group: string; readonly count: number; readonly troubled: number; readonly isFolded: boolean };

/** The kind of a task besides `all`. */
export function kindOf(task: Task): Exclude<Kind, 'all'> {
  if (toneOf(task) === 'bad' || task.status.phase === 'backingOff') return 'trouble';
  if (task.status.phase === 'waiting') return 'running';
  return task.status.state === 'failed' ? 'trouble' : task.status.state;
}

/** How many tasks there are of each kind. */
export function countKinds(tasks: readonly Task[]): Readonly<Record<Kind, number>> {
  const counts = { all: tasks.length, running: 0, trouble: 0, stopped: 0, finished: 0 };
  for (const task of tasks) counts[kindOf(task)] += 1;
  return counts;
}

/** Whether a task is looked for: every word stands in its name, title, command, arguments or group. */
export function isMeant(task: Task, { text, kind }: Filter): boolean {
  if (kind !== 'all' && kindOf(task) !== kind) return false;
  if (text.trim() === '') return true;
  const { name, title, command, args, group = '' } = task.definition;
  const hay = [name, title, command, ...args, group].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** The rows of some tasks: those without a group first, then each group with its tasks, unless it is folded. */
export function toRows(tasks: readonly Task[], folded: ReadonlySet<string>): Row[] {
  const groups = new Map<string | undefined, Task[]>([[undefined, []]]);
  for (const task of tasks) {
    const members = groups.get(task.definition.group);
    if (members === undefined) groups.set(task.definition.group, [task]);
    else members.push(task);
  }
  return [...groups].flatMap(([group, members]) => {
    const rows = members.map(({ definition }): Row => ({ type: 'task', name: definition.name }));
    if (group === undefined) return rows;
    const isFolded = folded.has(group);
    const troubled = members.filter((task) => kindOf(task) === 'trouble').length;
    return [{ type: 'group', group, count: members.length, troubled, isFolded }, ...(isFolded ? [] : rows)];
  });
}
