/** A definition that is being written: what its fields hold, what of that is new, and what is wrong with it. Asks nothing. */
import { signal } from '@preact/signals';
import type { PlacedProblem } from '../server/ask.ts';
import type { Task } from '../server/json.ts';
import type { Keys } from './schema.ts';
import { writeTask, type Table } from './toml.ts';
import { toEnvPatch, toText, toValue } from './values.ts';

/** The draft of a task: a new one, or a change of one that is there. */
export class Draft {
  readonly keys: Keys;
  /** The task that is changed. */
  readonly task: Task | undefined;
  readonly texts = signal<Readonly<Record<string, string>>>({});
  /** What is wrong, by key; that of the whole under an empty one. */
  readonly problems = signal<ReadonlyMap<string, string>>(new Map());
  readonly #defaults: Readonly<Record<string, string>>;
  readonly #initial: Readonly<Record<string, string>>;

  constructor(keys: Keys, task: Task | undefined) {
    this.keys = keys;
    this.task = task;
    this.#defaults = mapKeys(keys, (key) => toText(key, keys[key]?.default));
    this.#initial = task === undefined ? this.#defaults : mapKeys(keys, (key) => initialText(task, key));
    this.texts.value = this.#initial;
  }

  /** What stands in a field that nobody filled. */
  defaultOf(key: string): string {
    return this.#defaults[key] ?? '';
  }

  /** Whether a field says something else than its default. */
  isSet(key: string): boolean {
    return (this.texts.value[key] ?? '') !== this.defaultOf(key);
  }

  /** Fills a field; what was wrong with it is forgotten. */
  put(key: string, text: string): void {
    this.texts.value = { ...this.texts.value, [key]: text };
    if (this.problems.value.has(key)) this.problems.value = new Map([...this.problems.value].filter(([each]) => each !== key));
  }

  /** What is sent: a definition, or what is to be changed of one. Undefined where a field cannot be read, which its problem says then. */
  toBody(): Table | undefined {
    const changed = Object.keys(this.keys).filter((key) => this.texts.value[key] !== this.#initial[key]);
    return this.#read(this.task === undefined ? [...new Set(['name', 'command', ...changed])] : changed);
  }

  /** The definition as `dirigent.toml` would have it: what differs from the defaults. */
  toToml(): string {
    const { texts } = this;
    const set = Object.keys(this.keys).filter((key) => key === 'name' || key === 'command' || this.isSet(key));
    const said = set.filter((key) => !(key === 'title' && texts.value['title'] === texts.value['name']));
    try {
      const kept =
        this.task === undefined ? [] : (texts.value['env'] ?? '').split('\n').filter((line) => line !== '' && !line.includes('='));
      const note = kept.length === 0 ? '' : `# env: ${kept.join(', ')} (values are not shown)\n`;
      return (
        note + writeTask(Object.fromEntries(said.map((key) => [key, toValue(key, this.keys[key] ?? {}, texts.value[key] ?? '') ?? ''])))
      );
    } catch (error) {
      return `# ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`;
    }
  }

  /** Puts what the server found wrong beside the fields. */
  blame(problems: readonly PlacedProblem[], message: string): void {
    const placed = problems.map(
      ({ path, message: text, hint }) => [this.#keyOf(path), hint === undefined ? text : `${text} (${hint})`] as const,
    );
    const byKey = new Map<string, string>();
    for (const [key, text] of placed) byKey.set(key, byKey.has(key) ? `${byKey.get(key) ?? ''}; ${text}` : text);
    this.problems.value = byKey.size === 0 ? new Map([['', message]]) : byKey;
  }

  #keyOf(path: string): string {
    const key = path.split(/[.[]/)[0] ?? '';
    return key in this.keys ? key : '';
  }

  #read(keys: readonly string[]): Table | undefined {
    const problems = new Map<string, string>();
    const entries = keys.map((key) => {
      try {
        return [key, this.#valueOf(key)];
      } catch (error) {
        problems.set(key, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
        return [key, null];
      }
    });
    this.problems.value = problems;
    return problems.size === 0 ? (Object.fromEntries(entries) as Table) : undefined;
  }

  #valueOf(key: string): unknown {
    const text = this.texts.value[key] ?? '';
    if (this.task !== undefined && key === 'env') return toEnvPatch(this.task.definition.env, text);
    return toValue(key, this.keys[key] ?? {}, text) ?? (this.task === undefined ? '' : null);
  }
}

const mapKeys = (keys: Keys, toOne: (key: string) => string): Record<string, string> =>
  Object.fromEntries(Object.keys(keys).map((key) => [key, toOne(key)]));

function initialText({ definition }: Task, key: string): string {
  if (key === 'env') return definition.env.join('\n');
  return toText(key, (definition as unknown as Table)[key]);
}
