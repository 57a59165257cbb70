/** Says which name was perhaps meant, or which there are. Judges nothing. */
import { didYouMean } from './keys.ts';

/** Most names that are listed in the place of a near one. */
const MAX_LISTED_NAMES = 10;

/** A distance to each of thousands of names takes milliseconds; whoever got so many wrong needs no more of them. */
const MAX_NEAR_HINTS = 20;

/** Hints for names that nobody has. */
export class NameAdviser {
  readonly #names: () => readonly string[];
  #known: readonly string[] | undefined;
  #hintCount = 0;

  /** @param names - asked once, when the first hint is */
  constructor(names: () => readonly string[]) {
    this.#names = names;
  }

  /** A hint for a name that nobody has. */
  adviceFor(name: string): string {
    this.#known ??= this.#names();
    this.#hintCount += 1;
    const near = this.#hintCount > MAX_NEAR_HINTS ? undefined : didYouMean(name, this.#known);
    return near ?? listNames(this.#known);
  }
}

function listNames(names: readonly string[]): string {
  const listed = names.slice(0, MAX_LISTED_NAMES).join(', ');
  return names.length <= MAX_LISTED_NAMES ? `there are ${listed}` : `there are ${listed} and ${names.length - MAX_LISTED_NAMES} more`;
}
