/** A search as the tests and the benchmark start from: a whole log, every line. Each changes what it is about. */
import type { SearchQuery } from '../../../src/output/read/search.ts';

/** Matches every line of `stdout`. */
export const EVERY_LINE: SearchQuery = {
  pattern: '',
  isLiteral: false,
  ignoreCase: false,
  kind: 'stdout',
  level: null,
  before: 0,
  after: 0,
  countOnly: false,
  limit: 1_000,
  timeoutMs: 60_000,
  from: 0,
};
