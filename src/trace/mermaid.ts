/**
 * A machine's graph as a Mermaid state diagram. States and the ways between them are drawn; reactions that change no state are not.
 * Only text is made here.
 */
import type { GraphNode, GraphTransition, MachineGraph } from './graph.ts';

interface Drawing {
  /** A state's id in the diagram, where few characters are allowed. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Transitions by the innermost state that holds both ends: Mermaid wants an edge declared there. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
}

/** Draws a machine as `stateDiagram-v2`. Two calls with equal graphs give equal text; it ends with a newline. */
export function toMermaid(graph: MachineGraph): string {
  const aliases = toAliases(graph.root);
  const drawing: Drawing = { aliases, edges: toEdges(graph, aliases) };
  return ['stateDiagram-v2', ...drawInside(graph.root, drawing).map(indent), ''].join('\n');
}

function drawInside(node: GraphNode, drawing: Drawing): string[] {
  const regions = node.children.map((child) => drawState(child, drawing));
  const states = node.type === 'parallel' ? regions.flatMap((region, index) => (index === 0 ? region : ['--', ...region])) : regions.flat();
  const first = node.initial === null ? [] : [`[*] --> ${aliasOf(node.initial, drawing)}`];
  return [...first, ...states, ...(drawing.edges.get(node.id) ?? [])];
}

function drawState(node: GraphNode, drawing: Drawing): string[] {
  const alias = aliasOf(node.id, drawing);
  const head = `state "${escapeMermaid(node.key)}" as ${alias}`;
  if (node.type === 'final') return [head, `${alias} --> [*]`];
  if (node.children.length === 0) return [head];
  return [`${head} {`, ...drawInside(node, drawing).map(indent), '}'];
}

/**
 * Makes text safe in a diagram: characters with a meaning there become entity codes, line ends become spaces.
 * A colon or a semicolon, for one, ends a label.
 */
export const escapeMermaid = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[#:;"<>{}%\\`&]/g, (character) => `#${character.charCodeAt(0)};`);

function toAliases(root: GraphNode): Map<string, string> {
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  const visit = (node: GraphNode): void => {
    const plain = node.id.replace(/[^A-Za-z0-9]+/g, '_');
    let alias = plain;
    // `a.b` and `a_b` are two states.
    for (let number = 2; taken.has(alias); number += 1) alias = `${plain}_${number}`;
    taken.add(alias);
    aliases.set(node.id, alias);
    node.children.forEach(visit);
  };
  visit(root);
  return aliases;
}

function toEdges(graph: MachineGraph, aliases: ReadonlyMap<string, string>): Map<string, string[]> {
  const ancestors = toAncestors(graph.root);
  const edges = new Map<string, string[]>();
  for (const transition of graph.transitions) {
    for (const target of transition.targets) {
      // What the machine does wherever it is has no box to leave from; the outermost one stands for it.
      const around = commonAncestor(ancestors.get(transition.source) ?? [], ancestors.get(target) ?? [], graph.root.id);
      const from = transition.source === graph.root.id ? '[*]' : aliases.get(transition.source);
      const edge = `${from} --> ${aliases.get(target)} : ${escapeMermaid(labelOf(transition))}`;
      edges.set(around, [...(edges.get(around) ?? []), edge]);
    }
  }
  return edges;
}

const labelOf = ({ label, guard }: GraphTransition): string => (guard === null ? label : `${label} [${guard}]`);

/** For each state the ids of those around it, outermost first. */
function toAncestors(root: GraphNode): Map<string, readonly string[]> {
  const ancestors = new Map<string, readonly string[]>();
  const visit = (node: GraphNode, around: readonly string[]): void => {
    ancestors.set(node.id, around);
    for (const child of node.children) visit(child, [...around, node.id]);
  };
  visit(root, []);
  return ancestors;
}

const commonAncestor = (one: readonly string[], other: readonly string[], fallback: string): string =>
  one.findLast((id, depth) => other[depth] === id) ?? fallback;

const aliasOf = (id: string, { aliases }: Drawing): string => aliases.get(id) ?? escapeMermaid(id);

const indent = (line: string): string => `  ${line}`;
