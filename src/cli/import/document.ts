/** Imported tasks as the text of a `dirigent.toml`, what could not be carried over as comments in it. Writes no file. */
import { stringify } from 'smol-toml';
import type { Imported, ImportedTask } from './imported.ts';

/** The whole file. `source` is named in its first line. */
export function toDocument({ tasks, notes }: Imported, source: string): string {
  const groups = [...new Set(tasks.flatMap(({ table }) => (typeof table['group'] === 'string' ? [table['group']] : [])))];
  const parts = [
    comments([`Made from ${source} by dirigent import.`, ...notes.map(toSentence)]),
    ...groups.map((name) => stringify({ groups: [{ name }] })),
    ...tasks.map(toTable),
  ];
  return parts.map((part) => `${part.trimEnd()}\n`).join('\n');
}

const toTable = ({ name, table, notes }: ImportedTask): string =>
  `${comments(notes.map(toSentence))}${stringify({ tasks: [toLiteral({ name, ...table })] })}`;

const toSentence = (note: string): string => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;

/** A control character would end the comment, or be an error in it. */
// oxlint-disable-next-line no-control-regex
const comments = (lines: readonly string[]): string => lines.map((line) => `# ${line.replace(/[\u0000-\u001f\u007f]+/g, ' ')}\n`).join('');

/** The other tool's `${` is no variable of ours. */
function toLiteral(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(toLiteral);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toLiteral(inner)]));
}
