/**
 * Where in a TOML file a key or value stands. The lines of `[[tasks]]` and `[[groups]]` come from a scan that costs next to nothing; everything
 * finer from a syntax tree, whose parser is loaded and run only when there is something to report. Judges no content.
 */
import type { AST } from 'toml-eslint-parser';
import { pathText } from './problems.ts';
import type { Fault, PathPart, Problem } from './problems.ts';

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The lists of tables that are ours. */
export type ListName = 'tasks' | 'groups';

/** A parsed file, as far as places in it go. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** Line of each table of a list, by index. */
  readonly lines: Readonly<Record<ListName, readonly number[]>>;
}

/**
 * Largest text the syntax tree is made of. Its parser takes up to 4.5 ms a KiB (one long list; measured), so this stays well
 * under a second; in a larger file a problem is placed at its table's header.
 */
const MAX_TREE_CHARS = 128 * 1024;

/** Longest path that is indexed, in parts: no task nests as deep, and a dotted key of thousands costs the square of that. */
const MAX_PATH_PARTS = 24;

/** Longest piece of a line that a problem carries, in characters. */
const MAX_LINE_CHARS = 1000;

/** Places every fault of one file, in the order of the file. */
export async function placeFaults(source: SourceText, faults: readonly Fault[]): Promise<Problem[]> {
  const places = await indexPlaces(source.text);
  const lines = source.text.split(/\r?\n/);
  const problems = faults.map(({ path, at, ...fault }) => {
    const place = (places && nearest(places, path, at)) ?? listHeader(source, path);
    return {
      file: source.file,
      ...place,
      path: pathText(path),
      lineText: (lines[place.line - 1] ?? '').slice(0, MAX_LINE_CHARS),
      ...fault,
    };
  });
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Lines, from 1, of the `[[tasks]]` or `[[groups]]` headers of a valid document. Strings and comments are stepped over, so a header inside
 * one is none. Another way to write the same (`tasks = [{ … }]`) has no header, and yields fewer lines than tables.
 */
export function headerLines(text: string, name: ListName): number[] {
  const token = /"""(?:\\[^]|[^\\])*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|^[ \t]*\[\[[ \t]*(tasks|groups)[ \t]*\]\]|\n/gm;
  const found: number[] = [];
  let line = 1;
  for (const match of text.matchAll(token)) {
    if (match[1] === name) found.push(line);
    for (let at = match[0].indexOf('\n'); at !== -1; at = match[0].indexOf('\n', at + 1)) line += 1;
  }
  return found;
}

const listHeader = ({ lines }: SourceText, [list, index]: readonly PathPart[]): Place => ({
  line: ((list === 'tasks' || list === 'groups') && typeof index === 'number' ? lines[list][index] : undefined) ?? 1,
  column: 1,
});

type Places = ReadonlyMap<string, { readonly key: Place; readonly value: Place }>;

const idOf = (path: readonly PathPart[]): string => JSON.stringify(path);

/** The place of `path`, or of the deepest part of it that stands in the file: a missing key is told at its table. */
function nearest(places: Places, path: readonly PathPart[], at: 'key' | 'value'): Place | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const place = places.get(idOf(path.slice(0, length)));
    if (place !== undefined) return length === path.length ? place[at] : place.key;
  }
  return undefined;
}

async function indexPlaces(text: string): Promise<Places | undefined> {
  if (text.length > MAX_TREE_CHARS) return undefined;
  const { parseTOML } = await import('toml-eslint-parser');
  const places = new Map<string, { key: Place; value: Place }>();
  try {
    const table = parseTOML(text, { tomlVersion: '1.1' }).body[0];
    for (const node of table.body) addNode(places, node, []);
  } catch {
    // It recurses, and differs in corners from the parser the document has passed. A rough place is better than none.
  }
  return places.size === 0 ? undefined : places;
}

type IndexedPlaces = Map<string, { key: Place; value: Place }>;

function addNode(places: IndexedPlaces, node: AST.TOMLKeyValue | AST.TOMLTable, base: readonly PathPart[]): void {
  if (node.type === 'TOMLKeyValue') return addKeyValue(places, node, base);
  const key = node.kind === 'array' ? node : (node.key.keys.at(-1) ?? node);
  add(places, node.resolvedKey, key, node);
  if (node.kind === 'array') add(places, node.resolvedKey.slice(0, -1), node, node);
  for (const inner of node.body) addKeyValue(places, inner, node.resolvedKey);
}

function addKeyValue(places: IndexedPlaces, node: AST.TOMLKeyValue, base: readonly PathPart[]): void {
  const path = [...base];
  node.key.keys.slice(0, MAX_PATH_PARTS).forEach((key, index) => {
    path.push(key.type === 'TOMLBare' ? key.name : key.value);
    // The tables of a dotted key exist through it alone.
    add(places, path, key, index === node.key.keys.length - 1 ? node.value : key);
  });
  addValue(places, node.value, path);
}

function addValue(places: IndexedPlaces, value: AST.TOMLContentNode, path: readonly PathPart[]): void {
  if (value.type === 'TOMLInlineTable') for (const node of value.body) addKeyValue(places, node, path);
  if (value.type !== 'TOMLArray') return;
  value.elements.forEach((element, index) => {
    add(places, [...path, index], element, element);
    addValue(places, element, [...path, index]);
  });
}

function add(places: IndexedPlaces, path: readonly PathPart[], key: AST.HasLocs, value: AST.HasLocs): void {
  const id = idOf(path);
  if (!places.has(id)) places.set(id, { key: startOf(key), value: startOf(value) });
}

const startOf = (node: AST.HasLocs): Place => ({ line: node.loc.start.line, column: node.loc.start.column + 1 });
