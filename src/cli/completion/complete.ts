/**
 * `dirigent complete -- WORDS`, which the scripts of the shells ask: what the last word may become, one a line, or `:files` or `:dirs` where the shell
 * knows better. Silent: an error would land in the line that is being typed, and the command itself tells it once it runs.
 */
import { homedir } from 'node:os';
import type { VerbHost } from '../host.ts';
import { createProgram } from '../program.ts';
import { VERBS, findVerb } from '../verbs.ts';
import { expectedWord } from './expected-word.ts';

/** Answers for the words after the program's name. */
export async function complete(words: readonly string[]): Promise<void> {
  try {
    for (const candidate of await candidatesFor(words)) process.stdout.write(`${candidate}\n`);
  } catch {
    // No candidate is an answer too.
  }
}

async function candidatesFor(words: readonly string[]): Promise<readonly string[]> {
  const verb = findVerb(words.slice(0, -1));
  const program = await createProgram(IDLE, verb === undefined ? [] : [verb]);
  const { sought, begun, lead, config, dataDir } = expectedWord(program, words, VERB_NAMES);
  if (sought.kind === 'files' || sought.kind === 'dirs') return [`:${sought.kind}`];
  const all = sought.kind === 'words' ? sought.words : (await glance(config, dataDir))[sought.kind];
  return all.filter((word) => word.startsWith(begun)).map((word) => `${lead}${word}`);
}

const VERB_NAMES = [...VERBS.flatMap(({ names }) => names.slice(0, 1)), 'help'];

/** The definitions are asked, and nothing is run. */
const IDLE: VerbHost = { run: () => Promise.resolve() };

async function glance(config: readonly string[], dataDir: string | undefined) {
  const { glanceAtProject } = await import('../../glance.ts');
  return glanceAtProject({ cwd: process.cwd(), env: process.env, home: homedir(), explicit: config, dataDir });
}
