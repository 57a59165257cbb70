/** Which keys hold what is nobody's business, by their names alone. No value is looked into. */

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** How much of what a key holds is secret: nothing, all of it, or the values in it while their names are not. */
export type Secrecy = 'open' | 'secret' | 'values';

const SECRET_WORDS =
  /\b(?:passwords?|passwd|passphrase|pwd|secrets?|tokens?|credentials?|authorization|cookies?|(?:api|private|access|secret|signing|encryption) ?keys?)\b/;
const HELD_IN = /^(?:env|environ|environment|headers|process env)$/;

/** The keys of programs are few and come again and again. */
const MAX_KNOWN = 5_000;
const known = new Map<string, Secrecy>();

/** Judges a key: `apiKey`, `API_KEY` and `api-key` alike. The names of variables and headers are told, and what they hold is not. */
export function secrecyOf(key: string): Secrecy {
  const told = known.get(key);
  if (told !== undefined) return told;
  if (known.size >= MAX_KNOWN) known.clear();
  const words = toWords(key);
  const secrecy = SECRET_WORDS.test(words) ? 'secret' : HELD_IN.test(words) ? 'values' : 'open';
  known.set(key, secrecy);
  return secrecy;
}

const toWords = (key: string): string =>
  key
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
