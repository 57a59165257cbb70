/** Corners of an arrow as SVG paths: the line with rounded corners, and its head. Pure arithmetic. */

interface Point {
  readonly x: number;
  readonly y: number;
}

const RADIUS = 7;
const HEAD_LENGTH = 8;
const HEAD_HALF_WIDTH = 4;

/** The line from the first corner to the head at the last one. */
export function toRoundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  // The line ends inside the head, whose tip would be blunt otherwise.
  const end = towards(last, points.at(-2) ?? first, HEAD_LENGTH / 2);
  const bends = rest.slice(0, -1).map((corner, index) => toBend(points[index] ?? first, corner, rest[index + 1] ?? last));
  return [`M${show(first)}`, ...bends, `L${show(end)}`].join('');
}

/** The head at the last corner, a triangle. */
export function toArrowHead(points: readonly Point[]): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return '';
  const base = towards(tip, before, HEAD_LENGTH);
  const side = { x: ((tip.y - base.y) / HEAD_LENGTH) * HEAD_HALF_WIDTH, y: ((base.x - tip.x) / HEAD_LENGTH) * HEAD_HALF_WIDTH };
  return `M${show(tip)}L${show({ x: base.x + side.x, y: base.y + side.y })}L${show({ x: base.x - side.x, y: base.y - side.y })}Z`;
}

function toBend(before: Point, corner: Point, after: Point): string {
  const radius = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
  return `L${show(towards(corner, before, radius))}Q${show(corner)} ${show(towards(corner, after, radius))}`;
}

/** The point so far from one point in the direction of the other. */
function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to);
  if (length === 0) return from;
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by };
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y);

const show = ({ x, y }: Point): string => `${round(x)},${round(y)}`;

/** One decimal: finer is not seen, and the text stays short. */
const round = (value: number): number => Math.round(value * 10) / 10;
