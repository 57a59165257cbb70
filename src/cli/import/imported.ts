/** Tasks that come from another tool, as `dirigent.toml` will have them, each with what could not be carried over. Nothing is read or written here. */

/** A table of TOML. */
export type Table = Readonly<Record<string, unknown>>;

/** A task, keys as the file writes them. */
export interface ImportedTask {
  readonly name: string;
  readonly table: Table;
  /** What could not be carried over, each a sentence without its full stop. */
  readonly notes: readonly string[];
}

/** Everything that was found. */
export interface Imported {
  readonly tasks: readonly ImportedTask[];
  /** What concerns no task. */
  readonly notes: readonly string[];
}

const MAX_NAME_CHARS = 64;

/** The nearest name that a task or a group may have. */
export const toSlug = (wanted: string): string =>
  wanted
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_NAME_CHARS)
    .replace(/-+$/, '') || 'task';

/** Gives names that tasks may have, each once without regard to case. */
export class Names {
  readonly #taken = new Set<string>();

  /** The nearest name that is free, also for that many instances. What it was is a note where it changed. */
  take(wanted: string, notes: string[], instances = 1): string {
    const slug = toSlug(wanted);
    let name = slug;
    // A dot: with a dash it could be the name of an instance.
    for (let number = 2; !this.#isFree(name, instances); number += 1) name = `${slug.slice(0, MAX_NAME_CHARS - 4)}.${number}`;
    for (const each of namesOf(name, instances)) this.#taken.add(each);
    if (name !== wanted) notes.push(`its name was ${JSON.stringify(wanted)}`);
    return name;
  }

  #isFree(name: string, instances: number): boolean {
    return namesOf(name, instances).every((each) => !this.#taken.has(each));
  }
}

const namesOf = (name: string, instances: number): string[] =>
  [name, ...Array.from({ length: instances > 1 ? instances : 0 }, (_, index) => `${name}-${index + 1}`)].map((each) => each.toLowerCase());
