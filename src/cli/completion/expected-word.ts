/**
 * What may stand where the cursor is, from the definitions of the commands themselves. Pure; names of tasks are looked up elsewhere.
 *
 * The packages for this (`@bomb.sh/tab`, the best of them in our trial) want every command and option registered once more, load as long as commander
 * does, and their script for bash fails without the package bash-completion. The definitions know it all, so this walks them.
 */
import { Help, type Argument, type Command, type Option } from 'commander';
import { CONDITIONS } from '../choices.ts';

/** What is expected. */
export interface Expected {
  readonly sought: Sought;
  /** The part of the word that is there, which candidates begin with. */
  readonly begun: string;
  /** What stands before it in the same word, as `--kind=` does. */
  readonly lead: string;
  /** Values of `--config` and `--data-dir` among the words: they tell which project is meant. */
  readonly config: readonly string[];
  readonly dataDir: string | undefined;
}

/** What candidates are. */
type Sought = { readonly kind: 'words'; readonly words: readonly string[] } | { readonly kind: 'tasks' | 'groups' | 'files' | 'dirs' };

const NOTHING: Sought = { kind: 'words', words: [] };

/** What the last of `words`, those after the program's name, may be. `verbs` are names: of them the program need have the one alone that is among the words. */
export function expectedWord(program: Command, words: readonly string[], verbs: readonly string[]): Expected {
  const { cursor, others } = toCursor(words);
  const walk = new Walk(program, verbs);
  for (const word of others) walk.take(word);
  const { config, dataDir } = walk;
  const assignment = walk.pending === undefined && !walk.isOver ? /^(--[^=]+=)([^]*)$/.exec(cursor) : null;
  if (assignment === null) return { begun: cursor, lead: '', config, dataDir, sought: walk.expect(cursor) };
  const [, lead = '', begun = ''] = assignment;
  return { begun, lead, config, dataDir, sought: valuesOf(walk.find(lead.slice(0, -1))) };
}

/** Bash hands `--kind=std` on in three words, and its answer is to be the last of them alone. */
function toCursor(words: readonly string[]): { readonly cursor: string; readonly others: readonly string[] } {
  const cursor = words.at(-1) ?? '';
  const others = words.slice(0, -1);
  if (cursor === '=') return { cursor: '', others };
  return { cursor, others: others.filter((word, index) => word !== '=' || index === 0) };
}

/** The words before the cursor, one by one. */
class Walk {
  readonly config: string[] = [];
  dataDir: string | undefined;
  /** The option whose value comes next. */
  pending: Option | undefined;
  /** Whether `--` was seen: what follows are no options. */
  isOver = false;
  readonly #program: Command;
  readonly #verbs: readonly string[];
  #command: Command;
  #given = 0;
  #isHelp = false;

  constructor(program: Command, verbs: readonly string[]) {
    this.#program = program;
    this.#command = program;
    this.#verbs = verbs;
  }

  take(word: string): void {
    if (this.pending !== undefined) return this.#takeValue(this.pending, word);
    if (this.isOver || !word.startsWith('-') || word === '-') return this.#takePlain(word);
    if (word === '--') {
      this.isOver = true;
      return;
    }
    const [, name = word, value] = /^(--[^=]+)=([^]*)$/.exec(word) ?? [];
    const option = this.find(name);
    if (option === undefined || !(option.required || option.optional)) return;
    if (value === undefined) this.pending = option;
    else this.#takeValue(option, value);
  }

  /** What may stand at the cursor, which holds `begun` so far. */
  expect(begun: string): Sought {
    if (this.pending !== undefined) return valuesOf(this.pending);
    if (!this.isOver && begun.startsWith('-')) return { kind: 'words', words: this.#flags() };
    if (this.#given === 0 && this.#command === this.#program) return { kind: 'words', words: this.#verbs };
    if (this.#given === 0 && this.#command.commands.length > 0)
      return { kind: 'words', words: this.#command.commands.map((command) => command.name()) };
    if (this.#isHelp && this.#given === 1) return { kind: 'words', words: this.#verbs };
    const args = this.#command.registeredArguments;
    const last = args.at(-1);
    return valuesOf(args[this.#given] ?? (last?.variadic === true ? last : undefined));
  }

  /** The option of this command, or of one above it, which has this flag. */
  find(flag: string): Option | undefined {
    for (let command: Command | null = this.#command; command !== null; command = command.parent) {
      const option = command.options.find(({ long, short }) => long === flag || short === flag);
      if (option !== undefined) return option;
    }
    return undefined;
  }

  #takeValue(option: Option, value: string): void {
    this.pending = undefined;
    if (option.long === '--config') this.config.push(value);
    if (option.long === '--data-dir') this.dataDir = value;
  }

  #takePlain(word: string): void {
    const verb = this.#command.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (verb !== undefined && this.#given === 0) this.#command = verb;
    else this.#given += 1;
    this.#isHelp ||= word === 'help' && this.#command === this.#program;
  }

  #flags(): string[] {
    return new Help().visibleOptions(this.#command).flatMap(({ long, short }) => long ?? short ?? []);
  }
}

/** Placeholders, and what stands in their place. */
const SOUGHT: Readonly<Record<string, Sought>> = {
  task: { kind: 'tasks' },
  name: { kind: 'tasks' },
  group: { kind: 'groups' },
  condition: { kind: 'words', words: CONDITIONS },
  file: { kind: 'files' },
  dir: { kind: 'dirs' },
};

function valuesOf(taker: Option | Argument | undefined): Sought {
  if (taker === undefined) return NOTHING;
  if (taker.argChoices !== undefined) return { kind: 'words', words: taker.argChoices };
  const placeholder = 'flags' in taker ? /[<[]([a-z]+)/.exec(taker.flags)?.[1] : taker.name();
  return (placeholder === undefined ? undefined : SOUGHT[placeholder]) ?? NOTHING;
}
