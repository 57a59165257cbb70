/**
 * The picture of a machine as plain values: which texts, boxes and paths go where. The SVG and the page both draw it, so they look alike.
 * Nothing is laid out here, and nothing is turned into markup.
 */
import type { GraphNode, GraphTransition, MachineGraph } from './graph.ts';
import type { Arrow, Box, Layout } from './layout.ts';
import { TEXT } from './measure.ts';
import { toArrowHead, toRoundedPath } from './path.ts';
import { LABEL_PADDING, PADDING_X, ROWS_PADDING, TITLE_HEIGHT, toLabelLines, toReactions, toShape, type RowKind } from './shape.ts';

/** A line of text: where it begins, and its baseline. */
export interface DrawnText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A row in a state's box, with the room it takes. */
export interface DrawnRow {
  readonly kind: RowKind;
  /** Id of the transition, of a reaction that leaves the state as it is. */
  readonly transition?: string;
  readonly description: string | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly DrawnText[];
}

/** A state. */
export interface DrawnState {
  readonly id: string;
  readonly type: GraphNode['type'];
  /** Whether its parent is parallel. */
  readonly isRegion: boolean;
  /** How many states are around it. */
  readonly depth: number;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: DrawnText;
  /** Height of the line below the name; none where there is nothing below it. */
  readonly rule?: number;
  readonly rows: readonly DrawnRow[];
}

/** The dot from which the first state inside a state is entered. */
export interface DrawnEntrance {
  readonly id: string;
  /** Id of the state it is in. */
  readonly state: string;
  readonly cx: number;
  readonly cy: number;
  readonly r: number;
}

/** The label of an arrow. */
export interface DrawnLabel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly DrawnText[];
}

/** An arrow. Several transitions between the same two states share one path, and have a label each. */
export interface DrawnArrow {
  /** As in the layout. */
  readonly id: string;
  /** Id of the transition; none of an entrance. */
  readonly transition?: string;
  readonly description: string | null;
  /** The line, as the `d` of an SVG path. */
  readonly path: string;
  /** The filled head, likewise. */
  readonly head: string;
  readonly label?: DrawnLabel;
}

/** The picture of a machine. Draw the states first, in this order, then entrances and arrows, then labels. */
export interface Drawing {
  /** Name of the machine. */
  readonly id: string;
  readonly description: string | null;
  readonly width: number;
  readonly height: number;
  /** Outer states before those inside them. */
  readonly states: readonly DrawnState[];
  readonly entrances: readonly DrawnEntrance[];
  readonly arrows: readonly DrawnArrow[];
}

interface PlacedNode {
  readonly node: GraphNode;
  readonly depth: number;
  readonly isRegion: boolean;
}

/** Draws a machine where its layout says. What the layout does not place is not drawn. */
export function toDrawing(graph: MachineGraph, layout: Layout): Drawing {
  const nodes = toNodes(graph.root);
  const reactions = toReactions(graph);
  const transitions = new Map(graph.transitions.map((transition) => [transition.id, transition]));
  return {
    id: graph.id,
    description: graph.root.description,
    width: layout.width,
    height: layout.height,
    states: layout.boxes.flatMap((box) => {
      const placed = nodes.get(box.id);
      return placed === undefined ? [] : [drawState(placed, box, reactions)];
    }),
    entrances: layout.boxes.filter(({ id }) => id.endsWith(ENTRANCE) && !nodes.has(id)).map(drawEntrance),
    arrows: layout.arrows.map((arrow) => drawArrow(arrow, transitions.get(arrow.id.slice(0, arrow.id.lastIndexOf('>'))))),
  };
}

/** What the id of an entrance ends with. */
export const ENTRANCE = '#initial';

function toNodes(root: GraphNode): Map<string, PlacedNode> {
  const nodes = new Map<string, PlacedNode>();
  const visit = (node: GraphNode, depth: number, isRegion: boolean): void => {
    nodes.set(node.id, { node, depth, isRegion: isRegion && node.type !== 'history' });
    for (const child of node.children) visit(child, depth + 1, node.type === 'parallel');
  };
  visit(root, 0, false);
  return nodes;
}

function drawState(
  { node, depth, isRegion }: PlacedNode,
  box: Box,
  reactions: ReadonlyMap<string, readonly GraphTransition[]>,
): DrawnState {
  const { title, rows } = toShape(node, reactions);
  const hasMore = rows.length > 0 || node.children.length > 0;
  return {
    id: node.id,
    type: node.type,
    isRegion,
    depth,
    description: node.description,
    tags: node.tags,
    x: box.x,
    y: box.y,
    width: box.width,
    height: box.height,
    title: { x: box.x + PADDING_X, y: box.y + (hasMore ? TITLE_HEIGHT : box.height) / 2 + BASELINE * TEXT.name.size, text: title },
    ...(hasMore ? { rule: box.y + TITLE_HEIGHT } : {}),
    rows: drawRows(rows, box),
  };
}

function drawRows(rows: ReturnType<typeof toShape>['rows'], box: Box): DrawnRow[] {
  let y = box.y + TITLE_HEIGHT + ROWS_PADDING;
  return rows.map(({ lines, ...row }) => {
    const height = lines.length * TEXT.row.line;
    const drawn = { ...row, x: box.x + 1, y, width: box.width - 2, height, lines: drawLines(lines, box.x + PADDING_X, y, 'row') };
    y += height;
    return drawn;
  });
}

function drawEntrance({ id, x, y, width, height }: Box): DrawnEntrance {
  return { id, state: id.slice(0, -ENTRANCE.length), cx: x + width / 2, cy: y + height / 2, r: width / 2 };
}

function drawArrow({ id, points, label }: Arrow, transition: GraphTransition | undefined): DrawnArrow {
  return {
    id,
    ...(transition === undefined ? {} : { transition: transition.id }),
    description: transition?.description ?? null,
    path: toRoundedPath(points),
    head: toArrowHead(points),
    ...(transition === undefined || label === undefined
      ? {}
      : { label: { ...label, lines: drawLines(toLabelLines(transition), label.x + LABEL_PADDING, label.y + 1, 'label') } }),
  };
}

/** Where the baseline of a line is below its middle, in parts of the font's size. */
const BASELINE = 0.35;

function drawLines(lines: readonly string[], x: number, top: number, kind: 'row' | 'label'): DrawnText[] {
  const { size, line } = TEXT[kind];
  return lines.map((text, index) => ({ x, y: top + index * line + line / 2 + BASELINE * size, text }));
}
