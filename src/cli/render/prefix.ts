/** Who said a line: the task's name before it, aligned, in a colour that is the task's own in every run. Only text is made here. */
import type { Colors } from '../sink.ts';

/** Colours of names. No red, which means trouble, and no grey, which means unimportant. */
const PALETTE = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'yellowBright',
  'greenBright',
  'magentaBright',
  'blueBright',
] as const;

/** What stands between the name and the line: output, output on stderr, or news of the task. */
const MARKS = { stdout: '|', stderr: '|', news: '*' } as const;

/** The kind of a line. */
export type LineKind = keyof typeof MARKS;

/** Makes the prefix of a line. */
export type Prefix = (task: string, kind: LineKind) => string;

/** Prefixes for these tasks, as wide as the longest name. On a terminal a line of stderr has a red mark. */
export function createPrefix(tasks: readonly string[], colors: Colors): Prefix {
  const width = Math.max(0, ...tasks.map((task) => task.length));
  const names = new Map(tasks.map((task) => [task, colors[colorOf(task)](task.padEnd(width))]));
  const marks = { stdout: MARKS.stdout, stderr: colors.red(MARKS.stderr), news: colors.dim(MARKS.news) };
  return (task, kind) => `${names.get(task) ?? task} ${marks[kind]} `;
}

/** The colour of a name: the same wherever and whenever it is shown, whichever tasks are beside it. */
export function colorOf(task: string): (typeof PALETTE)[number] {
  let hash = 0;
  for (const character of task) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return PALETTE[hash % PALETTE.length] ?? PALETTE[0];
}
