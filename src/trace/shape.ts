/**
 * What is written in the box of a state and at an arrow, and how large that makes them. The layout reserves this room, and the drawing fills it.
 * Nothing is placed here.
 */
import type { GraphNode, GraphTransition, MachineGraph } from './graph.ts';
import { TEXT, widestOf, widthOf, wrap } from './measure.ts';

/** What a row in a state's box tells: an effect of entering or leaving, an actor it holds, a reaction that leaves the state as it is. */
export type RowKind = 'entry' | 'exit' | 'invoke' | 'reaction';

/** A row in a state's box. */
export interface ShapeRow {
  readonly kind: RowKind;
  /** Id of the transition, of a reaction. */
  readonly transition?: string;
  readonly description: string | null;
  readonly lines: readonly string[];
}

/** What a state's box holds above the states inside it. */
export interface Shape {
  readonly title: string;
  readonly rows: readonly ShapeRow[];
  /** Least width of the box. */
  readonly width: number;
  /** Height of the name and the rows, with what is free around them. */
  readonly headHeight: number;
}

/** Free space beside text in a box. */
export const PADDING_X = 10;
/** Height of the part of a box that holds the name. */
export const TITLE_HEIGHT = TEXT.name.line + 8;
/** Free space above and below rows. */
export const ROWS_PADDING = 5;
/** Free space beside a label. */
export const LABEL_PADDING = 4;

const MAX_ROW_COLUMNS = 52;
const MAX_LABEL_COLUMNS = 40;
const MIN_WIDTH = 72;

/** The transitions without a target, by their source: they are rows. */
export function toReactions({ transitions }: MachineGraph): ReadonlyMap<string, readonly GraphTransition[]> {
  const reactions = new Map<string, GraphTransition[]>();
  for (const transition of transitions.filter(({ targets }) => targets.length === 0)) {
    reactions.set(transition.source, [...(reactions.get(transition.source) ?? []), transition]);
  }
  return reactions;
}

/** What is written in the box of a state. */
export function toShape(node: GraphNode, reactions: ReadonlyMap<string, readonly GraphTransition[]>): Shape {
  const title = node.type === 'history' ? `${node.key} (history)` : node.key;
  const rows = [
    ...node.entry.map((action) => toRow('entry', `entry / ${action}`)),
    ...node.exit.map((action) => toRow('exit', `exit / ${action}`)),
    ...node.invokes.map(({ id, src }) => toRow('invoke', id === src ? `invoke ${src}` : `invoke ${src} as ${id}`)),
    ...(reactions.get(node.id) ?? []).map((transition): ShapeRow => ({
      ...toRow('reaction', [headOf(transition), effectOf(transition)].join(' ').trim(), transition.description),
      transition: transition.id,
    })),
  ];
  const lines = rows.flatMap((row) => row.lines);
  return {
    title,
    rows,
    width: Math.max(MIN_WIDTH, Math.max(widthOf(title, 'name'), widestOf(lines, 'row')) + 2 * PADDING_X),
    headHeight: TITLE_HEIGHT + (lines.length === 0 ? 0 : lines.length * TEXT.row.line + 2 * ROWS_PADDING),
  };
}

/** The lines of an arrow's label: the event and the guard, then what is done on the way. */
export function toLabelLines(transition: GraphTransition): string[] {
  const effect = effectOf(transition);
  return [...wrap(headOf(transition), MAX_LABEL_COLUMNS), ...(effect === '' ? [] : wrap(effect, MAX_LABEL_COLUMNS))];
}

/** Size of a label of these lines. */
export function toLabelSize(lines: readonly string[]): { readonly width: number; readonly height: number } {
  return { width: widestOf(lines, 'label') + 2 * LABEL_PADDING, height: lines.length * TEXT.label.line + 2 };
}

function toRow(kind: RowKind, text: string, description: string | null = null): ShapeRow {
  return { kind, description, lines: wrap(text, MAX_ROW_COLUMNS) };
}

const headOf = ({ label, guard }: GraphTransition): string => (guard === null ? label : `${label} [${guard}]`);

const effectOf = ({ actions }: GraphTransition): string => (actions.length === 0 ? '' : `/ ${actions.join(', ')}`);
