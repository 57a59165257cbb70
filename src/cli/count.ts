/** Whole numbers on the command line. Nothing here has a default. */
import { InvalidArgumentError } from 'commander';

/** What reads a whole number, 0 or more, and says what was expected instead of anything else. */
export const toCount =
  (hint: string) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
    throw new InvalidArgumentError(`expected ${hint}`);
  };
