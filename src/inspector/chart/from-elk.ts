/** What the layout engine answered, as a layout of ours: every state, every transition to each of its targets. Nothing is computed anew here. */
import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Arrow, Box, Layout } from '../../trace/layout.ts';
import { toLabelLines, toLabelSize } from '../../trace/shape.ts';
import type { Bundle } from './elk-graph.ts';

/** The layout of a machine from the engine's answer. */
export function fromElk(answer: ElkNode, bundles: readonly Bundle[]): Layout {
  const byId = new Map(bundles.map((bundle) => [bundle.id, bundle]));
  return {
    width: Math.ceil(answer.width ?? 0),
    height: Math.ceil(answer.height ?? 0),
    boxes: (answer.children ?? []).flatMap(toBoxes),
    arrows: edgesOf(answer).flatMap((edge) => toArrows(edge, byId.get(edge.id))),
  };
}

function toBoxes({ id, x = 0, y = 0, width = 0, height = 0, children = [] }: ElkNode): Box[] {
  return [{ id, x: round(x), y: round(y), width: round(width), height: round(height) }, ...children.flatMap(toBoxes)];
}

/** The engine moves an edge into the innermost state around both its ends. */
const edgesOf = ({ edges = [], children = [] }: ElkNode): ElkExtendedEdge[] => [...edges, ...children.flatMap(edgesOf)];

function toArrows({ id, sections: [section] = [], labels: [label] = [] }: ElkExtendedEdge, bundle: Bundle | undefined): Arrow[] {
  if (section === undefined) return [];
  const points = toPoints(section);
  if (bundle === undefined) return [{ id, points }];
  const x = round(label?.x ?? 0);
  const width = round(label?.width ?? 0);
  let y = round(label?.y ?? 0);
  return bundle.transitions.map((transition) => {
    const { height } = toLabelSize(toLabelLines(transition));
    const arrow = { id: `${transition.id}>${bundle.target}`, points, label: { x, y, width, height } };
    y += height;
    return arrow;
  });
}

const toPoints = ({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection): Arrow['points'] =>
  [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: round(x), y: round(y) }));

/** A tenth of a pixel: the layout travels, and is kept. */
const round = (value: number): number => Math.round(value * 10) / 10;
