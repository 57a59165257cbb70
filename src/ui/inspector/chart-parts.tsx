/** A drawing as elements: the same boxes, arrows and texts as in the SVG file, with marks for what is active and what was taken. Measures nothing. */
import { useMemo } from 'preact/hooks';
import type { DrawnArrow, DrawnRow, DrawnState, DrawnText, Drawing } from '../../trace/drawing.ts';
import { toVisible } from '../../trace/visible.ts';

/** What is marked. */
export interface Marks {
  readonly active: ReadonlySet<string>;
  readonly innermost: ReadonlySet<string>;
  /** Ids of transitions. */
  readonly taken: ReadonlySet<string>;
  readonly hasEnded: boolean;
}

/** The parts of a drawing, in the order in which they cover one another. What was taken is drawn once more, above all lines that it shares. */
export function ChartParts({ drawing, ...marks }: { drawing: Drawing } & Marks) {
  const lines = useMemo(() => <Lines drawing={drawing} />, [drawing]);
  const labels = useMemo(() => drawing.arrows.map((arrow) => <Label key={arrow.id} arrow={arrow} />), [drawing]);
  const taken = drawing.arrows.filter(({ transition }) => transition !== undefined && marks.taken.has(transition));
  return (
    <>
      {drawing.states.map((state) => (
        <State key={state.id} state={state} marks={marks} />
      ))}
      {lines}
      <g class="chart-taken">
        {taken.map((arrow) => (
          <Line key={arrow.id} arrow={arrow} />
        ))}
      </g>
      <g>{labels}</g>
      <g class="chart-taken">
        {taken.map((arrow) => (
          <Label key={arrow.id} arrow={arrow} />
        ))}
      </g>
    </>
  );
}

function Lines({ drawing: { arrows, entrances } }: { drawing: Drawing }) {
  return (
    <g>
      {arrows.map((arrow) => (
        <Line key={arrow.id} arrow={arrow} />
      ))}
      {entrances.map(({ id, cx, cy, r }) => (
        <circle key={id} class="chart-entrance" cx={cx} cy={cy} r={r} />
      ))}
    </g>
  );
}

const Line = ({ arrow: { transition, path, head } }: { arrow: DrawnArrow }) => (
  <g data-transition={transition}>
    <path class="chart-line" d={path} />
    <path class="chart-head" d={head} />
  </g>
);

function State({ state, marks }: { state: DrawnState; marks: Marks }) {
  const { id, type, isRegion, depth, description, tags, x, y, width, height, title, rule, rows } = state;
  const isActive = marks.active.has(id);
  const classes = [
    'chart-state',
    depth % 2 === 1 ? 'chart-odd' : '',
    isRegion ? 'chart-region' : '',
    isActive ? 'chart-active' : '',
    marks.innermost.has(id) ? 'chart-lit' : '',
    marks.hasEnded ? 'chart-ended' : '',
  ];
  return (
    <g class={classes.filter((name) => name !== '').join(' ')} data-state={id}>
      <Hint lines={[description, tags.length === 0 ? null : `tags: ${tags.join(', ')}`]} />
      <rect class="chart-box" x={x} y={y} width={width} height={height} rx={8} />
      {type === 'final' && <rect class="chart-final" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={5} />}
      {rule !== undefined && <line class="chart-rule" x1={x} x2={x + width} y1={rule} y2={rule} />}
      <Text text={title} kind="chart-name" />
      {rows.map((row, index) => (
        <Row key={index} row={row} isTaken={row.transition !== undefined && marks.taken.has(row.transition)} />
      ))}
    </g>
  );
}

function Row({ row, isTaken }: { row: DrawnRow; isTaken: boolean }) {
  const { kind, transition, description, x, y, width, height, lines } = row;
  return (
    <g class={isTaken ? 'chart-row chart-taken' : 'chart-row'} data-transition={transition}>
      <Hint lines={[description]} />
      {isTaken && <rect class="chart-mark" x={x} y={y} width={width} height={height} />}
      {lines.map((line, index) => (
        <Text key={index} text={line} kind={`chart-${kind}`} />
      ))}
    </g>
  );
}

function Label({ arrow: { description, label } }: { arrow: DrawnArrow }) {
  if (label === undefined) return null;
  const { x, y, width, height, lines } = label;
  return (
    <g class="chart-label">
      <Hint lines={[description]} />
      <rect x={x} y={y} width={width} height={height} rx={3} />
      {lines.map((line, index) => (
        <Text key={index} text={line} />
      ))}
    </g>
  );
}

function Text({ text: { x, y, text }, kind }: { text: DrawnText; kind?: string }) {
  return (
    <text class={kind} x={x} y={y}>
      {toVisible(text)}
    </text>
  );
}

/** What is seen when the pointer rests on it. */
function Hint({ lines }: { lines: readonly (string | null)[] }) {
  const text = lines.filter((line) => line !== null).join('\n');
  return text === '' ? null : <title>{text}</title>;
}
