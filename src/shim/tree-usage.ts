/**
 * What the processes of runs use now: processor time and memory of whole trees. Looks only when asked, and once for all runs that are
 * asked about. Signals nobody, and judges nothing: a limit is watched by `tree-memory.ts`.
 */
import type { Forest, Tree } from '../util/process-tree.ts';
import { TICKS_PER_SECOND } from '../util/process-stat.ts';
import type { RunUsage } from './protocol.ts';
import { residentBytes } from './tree-memory.ts';

/**
 * The most ticks that were told of a tree. The time of a process that ended is with the member that waited for it; until then, and when
 * nobody of the tree does, it is nowhere to be read. A sum that goes back stays where it was: whoever counts takes less for a new beginning.
 */
const told = new WeakMap<Tree, number>();

/** What each of `runs` uses; nothing of one that has had no process, or is settled. */
export async function readTreeUsage(forest: Forest, runs: readonly string[]): Promise<RunUsage[]> {
  if (runs.length > 0) await forest.look();
  return runs.flatMap((run) => {
    const tree = forest.treeOf(run);
    return tree === undefined ? [] : [toUsage(run, tree)];
  });
}

function toUsage(run: string, tree: Tree): RunUsage {
  const { members } = tree;
  const ticks = members.reduce((total, { cpuTicks }) => total + cpuTicks, 0);
  const cpuTicks = Math.max(ticks, told.get(tree) ?? 0);
  told.set(tree, cpuTicks);
  const memoryBytes = members.reduce((total, { pid }) => total + residentBytes(pid), 0);
  return { run, processes: members.length, cpuSeconds: cpuTicks / TICKS_PER_SECOND, memoryBytes };
}
