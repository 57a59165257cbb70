/**
 * A drawing as an SVG file that needs nothing else: its own colours, for light and dark, and a text for those who do not see it.
 * Only text is made here.
 */
import type { DrawnArrow, DrawnEntrance, DrawnRow, DrawnState, DrawnText, Drawing } from './drawing.ts';
import { FONT_STACK, TEXT } from './measure.ts';

/** Free space around the whole. */
const MARGIN = 2;

const LIGHT = '--ground:#ffffff;--box:#f6f8fa;--inner:#ffffff;--line:#8c959f;--ink:#1f2328;--dim:#57606a;--arrow:#57606a;--event:#0550ae';
const DARK = '--ground:#0d1117;--box:#161b22;--inner:#0d1117;--line:#6e7681;--ink:#e6edf3;--dim:#9198a1;--arrow:#9198a1;--event:#79c0ff';

const STYLE = [
  `svg{${LIGHT};background:var(--ground);font-family:${FONT_STACK}}`,
  `@media (prefers-color-scheme:dark){svg{${DARK}}}`,
  'text{fill:var(--ink);white-space:pre}',
  '.state rect,.state line{fill:none;stroke:var(--line)}',
  '.state rect.box{fill:var(--box)}',
  '.state.odd rect.box{fill:var(--inner)}',
  '.state.region rect.box{stroke-dasharray:5 4}',
  `.name{font-size:${TEXT.name.size}px;font-weight:600}`,
  `.row{font-size:${TEXT.row.size}px;fill:var(--dim)}`,
  '.row.reaction{fill:var(--event)}',
  `.label text{font-size:${TEXT.label.size}px;fill:var(--event)}`,
  '.texts text{paint-order:stroke;stroke:var(--box);stroke-width:3px;stroke-linejoin:round}',
  '.texts.odd text{stroke:var(--inner)}',
  '.label rect{fill:var(--ground);stroke:var(--line);stroke-opacity:.35}',
  '.line{fill:none;stroke:var(--arrow)}',
  '.head,.entrance{fill:var(--arrow)}',
].join('\n');

/** Draws a machine as an SVG document. Two calls with equal drawings give equal text; it ends with a newline. */
export function toSvg(drawing: Drawing): string {
  const { id, description, states, entrances, arrows } = drawing;
  const width = Math.ceil(drawing.width + 2 * MARGIN);
  const height = Math.ceil(drawing.height + 2 * MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">State machine ${escapeXml(id)}</title>`,
    `<desc id="desc">${escapeXml(describe(drawing, description))}</desc>`,
    `<style>${STYLE}</style>`,
    ...states.map(toBox),
    ...entrances.map(toEntrance),
    // Those that share a path are drawn once: twice, its edge would be darker.
    ...new Set(arrows.map(toArrow)),
    ...states.map(toTexts),
    ...arrows.flatMap(toLabel),
    '</svg>',
    '',
  ].join('\n');
}

/** Makes text safe in an element and in an attribute; what XML has no characters for becomes the sign for that. */
export const escapeXml = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these are what XML does not allow
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function describe({ states, arrows }: Drawing, description: string | null): string {
  const [root, ...inner] = states;
  const names = inner.map(({ id }) => (root === undefined ? id : id.slice(root.id.length + 1)));
  const drawn = arrows.filter(({ transition }) => transition !== undefined).length;
  return [description ?? '', `${inner.length} states: ${names.join(', ')}.`, `${drawn} arrows between them.`].join(' ').trim();
}

function toBox({ type, isRegion, depth, x, y, width, height, rule }: DrawnState): string {
  const classes = ['state', depth % 2 === 1 ? 'odd' : '', isRegion ? 'region' : ''].filter((name) => name !== '').join(' ');
  return [
    `<g class="${classes}">`,
    `<rect class="box" x="${show(x)}" y="${show(y)}" width="${show(width)}" height="${show(height)}" rx="8"/>`,
    type === 'final' ? `<rect x="${show(x + 3)}" y="${show(y + 3)}" width="${show(width - 6)}" height="${show(height - 6)}" rx="5"/>` : '',
    rule === undefined ? '' : `<line x1="${show(x)}" x2="${show(x + width)}" y1="${show(rule)}" y2="${show(rule)}"/>`,
    '</g>',
  ].join('');
}

/** After the arrows, some of which pass through. */
const toTexts = ({ depth, description, title, rows }: DrawnState): string =>
  `<g class="texts${depth % 2 === 1 ? ' odd' : ''}">${toTitle(description)}${toText(title, 'name')}${rows.map(toRow).join('')}</g>`;

const toRow = ({ kind, description, lines }: DrawnRow): string =>
  `<g>${toTitle(description)}${lines.map((line) => toText(line, `row ${kind}`)).join('')}</g>`;

const toEntrance = ({ cx, cy, r }: DrawnEntrance): string => `<circle class="entrance" cx="${show(cx)}" cy="${show(cy)}" r="${show(r)}"/>`;

const toArrow = ({ path, head }: DrawnArrow): string => `<path class="line" d="${path}"/><path class="head" d="${head}"/>`;

function toLabel({ description, label }: DrawnArrow): string[] {
  if (label === undefined) return [];
  const { x, y, width, height, lines } = label;
  const ground = `<rect x="${show(x)}" y="${show(y)}" width="${show(width)}" height="${show(height)}" rx="3"/>`;
  return [`<g class="label">${toTitle(description)}${ground}${lines.map((line) => toText(line)).join('')}</g>`];
}

const toTitle = (description: string | null): string => (description === null ? '' : `<title>${escapeXml(description)}</title>`);

const toText = ({ x, y, text }: DrawnText, kind?: string): string =>
  `<text${kind === undefined ? '' : ` class="${kind}"`} x="${show(x)}" y="${show(y)}">${escapeXml(text)}</text>`;

const show = (value: number): number => Math.round(value * 10) / 10;
