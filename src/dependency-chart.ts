/** Which task waits for which, and who is in which group, as data and as a diagram: from the configuration alone. Nothing is started. */
import { findMeant, toLookup } from './config/instances.ts';
import type { LoadedConfig } from './config/loaded.ts';
import { escapeMermaid } from './trace/mermaid.ts';
import type { DependencyCondition } from './model/dependency.ts';
import type { ResolvedGroup } from './model/group.ts';

/** A task of a graph, as its author defined it. */
export interface DependencyNode {
  readonly name: string;
  readonly title: string;
  /** How many of it there are. */
  readonly instances: number;
  readonly group: string | null;
  /** The tasks it waits for: a name may be that of one instance. */
  readonly dependsOn: readonly { readonly task: string; readonly until: DependencyCondition }[];
}

/** Tasks and groups, in the order of definition. */
export interface DependencyGraph {
  readonly tasks: readonly DependencyNode[];
  readonly groups: readonly ResolvedGroup[];
}

/** The dependencies and groups of a configuration. */
export const dependencyGraph = ({ tasks, groups }: Pick<LoadedConfig, 'tasks' | 'groups'>): DependencyGraph => ({
  tasks: tasks.map(({ definition: { name, title, instances, group = null, dependsOn } }) => ({ name, title, instances, group, dependsOn })),
  groups: groups.map(({ definition }) => definition),
});

/** Draws a graph as a Mermaid flowchart: an arrow leads from a task to what it waits for. Equal graphs give equal text; it ends with a newline. */
export function dependencyMermaid(graph: DependencyGraph): string {
  // Names take characters that an id in a diagram may not have, and some, such as `end`, mean something there.
  const ids = new Map(graph.tasks.map(({ name }, index) => [name, `t${index}`]));
  const nodes = new Map<string | null, string[]>([null, ...graph.groups.map(({ name }) => name)].map((name) => [name, []]));
  for (const task of graph.tasks) nodes.get(task.group)?.push(drawTask(task, ids));
  const groups = graph.groups.flatMap((group, index) => drawGroup(group, `g${index}`, nodes.get(group.name) ?? []));
  return ['flowchart LR', ...[...(nodes.get(null) ?? []), ...groups, ...drawEdges(graph, ids)].map(indent), ''].join('\n');
}

function drawTask({ name, title, instances }: DependencyNode, ids: ReadonlyMap<string, string>): string {
  const lines = [instances === 1 ? name : `${name} ×${instances}`, ...(title === name ? [] : [title])];
  return `${ids.get(name)}["${lines.map(escapeMermaid).join('<br/>')}"]`;
}

/** A group that nobody is in is no box: Mermaid draws an empty one as a task. */
function drawGroup({ name, strategy }: ResolvedGroup, id: string, nodes: readonly string[]): string[] {
  if (nodes.length === 0) return [];
  return [`subgraph ${id}["${escapeMermaid(name)}<br/>${strategy}"]`, ...nodes.map(indent), 'end'];
}

function drawEdges({ tasks }: DependencyGraph, ids: ReadonlyMap<string, string>): string[] {
  const lookup = toLookup(tasks);
  return tasks.flatMap(({ name, dependsOn }) =>
    dependsOn.map(({ task, until }) => {
      const target = findMeant(task, lookup)?.name ?? task;
      const label = target === task ? until : `${task} ${until}`;
      return `${ids.get(name)} -->|"${escapeMermaid(label)}"| ${ids.get(target)}`;
    }),
  );
}

const indent = (line: string): string => `  ${line}`;
