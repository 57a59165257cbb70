/**
 * A machine as a graph for the layout engine: boxes with their sizes, and lines between them. All transitions from one state to another share one
 * line, with a label of all their lines one above the other: a machine with a hundred transitions stays readable. Nothing is placed here.
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js';
import { ENTRANCE } from '../../trace/drawing.ts';
import type { GraphNode, GraphTransition, MachineGraph } from '../../trace/graph.ts';
import { toLabelLines, toLabelSize, toReactions, toShape } from '../../trace/shape.ts';

/** All transitions from one state to another. */
export interface Bundle {
  /** Id of the line in the engine's graph. */
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly GraphTransition[];
}

/**
 * Set on the whole and on every state with states inside. No `considerModelOrder`, nor cycles broken by it: elkjs 0.12.1 throws at nested graphs then.
 * Everything else is as it was found to look best.
 */
const OPTIONS: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

const ENTRANCE_SIZE = 10;
const SIDE_PADDING = 18;

/** The lines of a machine, in the order of its transitions. */
export function toBundles({ transitions }: MachineGraph): Bundle[] {
  const bundles = new Map<string, GraphTransition[]>();
  for (const transition of transitions) {
    for (const target of transition.targets) {
      const key = JSON.stringify([transition.source, target]);
      bundles.set(key, [...(bundles.get(key) ?? []), transition]);
    }
  }
  return [...bundles].flatMap(([id, members]) => {
    const [source, target]: readonly string[] = JSON.parse(id);
    return source === undefined || target === undefined ? [] : [{ id, source, target, transitions: members }];
  });
}

/** The graph that the engine lays out. */
export function toElkGraph(graph: MachineGraph, bundles: readonly Bundle[]): ElkNode {
  const reactions = toReactions(graph);
  return {
    id: '$chart',
    layoutOptions: OPTIONS,
    children: [toElkNode(graph.root, reactions)],
    edges: [...toEntranceEdges(graph.root), ...bundles.map(toElkEdge)],
  };
}

function toElkNode(node: GraphNode, reactions: ReadonlyMap<string, readonly GraphTransition[]>): ElkNode {
  const { width, headHeight } = toShape(node, reactions);
  if (node.children.length === 0) return { id: node.id, width, height: headHeight };
  const entrance: ElkNode = {
    id: node.id + ENTRANCE,
    width: ENTRANCE_SIZE,
    height: ENTRANCE_SIZE,
    layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
  };
  return {
    id: node.id,
    children: [...(node.initial === null ? [] : [entrance]), ...node.children.map((child) => toElkNode(child, reactions))],
    layoutOptions: {
      ...OPTIONS,
      'elk.padding': `[top=${headHeight + 14},left=${SIDE_PADDING},bottom=${SIDE_PADDING},right=${SIDE_PADDING}]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${headHeight + 30})`,
    },
  };
}

function toEntranceEdges({ id, initial, children }: GraphNode): ElkExtendedEdge[] {
  const own = initial === null ? [] : [{ id: `${id}${ENTRANCE}>`, sources: [id + ENTRANCE], targets: [initial] }];
  return [...own, ...children.flatMap(toEntranceEdges)];
}

function toElkEdge({ id, source, target, transitions }: Bundle): ElkExtendedEdge {
  const sizes = transitions.map((transition) => toLabelSize(toLabelLines(transition)));
  const width = Math.max(...sizes.map((size) => size.width));
  const height = sizes.reduce((sum, size) => sum + size.height, 0);
  return {
    id,
    sources: [source],
    targets: [target],
    labels: [{ text: id, width, height, layoutOptions: { 'elk.edgeLabels.inline': 'true' } }],
  };
}
