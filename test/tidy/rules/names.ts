/** What names and words may not occur: rooms without a job, and traces of one machine or registry. */
import { basename, dirname } from 'node:path/posix';
import type { Problem, Tree } from '../facts.ts';

const VAGUE = /^(?:utils|helpers?|common|services?|managers?)$/;

/** Finds files and folders named after nothing they do. */
export function vagueNames({ texts }: Tree): Problem[] {
  return [...texts.keys()].flatMap((path) => {
    const named = [...dirname(path).split('/'), basename(path).split('.')[0] ?? ''].find((name) => VAGUE.test(name));
    return named === undefined ? [] : [{ path, line: 1, message: `"${named}" says nothing: name it after the life of the thing` }];
  });
}

/** Absolute paths of a machine, and hosts that serve packages: neither means anything to a reader elsewhere. */
const PRIVATE = /(?<![\w.~-])\/(?:work|root)\/|\bhttps?:\/\/(?:registry|npm|packages|artifactory|nexus|verdaccio|proxy)[.:][\w.:-]*/;

/** Finds absolute paths and registry hosts in code, docs and configuration. */
export function privateWords({ texts }: Tree): Problem[] {
  return [...texts].flatMap(([path, text]) =>
    text.split('\n').flatMap((content, index) => {
      const word = PRIVATE.exec(content)?.[0];
      return word === undefined ? [] : [{ path, line: index + 1, message: `${word} means nothing elsewhere` }];
    }),
  );
}

/** Finds the same in commit messages, given as one text. */
export const privateWordsOf = (text: string): string[] => text.split('\n').filter((line) => PRIVATE.test(line));
