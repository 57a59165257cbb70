/** Searching from the command line: shows the lines of tasks that match as grep does, and ends with its exit codes. Reads the files alone. */
import { searchOutputOnDisk, type DirigentPaths, type OutputKind, type OutputSelection } from '../../index.ts';
import type { SearchCursor, SearchResult } from '../../index.ts';
import type { Cli } from '../host.ts';
import { createPrefix } from '../render/prefix.ts';
import { exactDuration } from '../../util/quantity-text.ts';
import { MatchPrinter, type MatchStyle } from './match-printer.ts';
import type { Grep } from './options.ts';

const FOUND = 0;
const NOT_FOUND = 1;
const TIMED_OUT = 124;

/** Matches that are fetched at once, so that the first ones are soon shown. */
const BATCH_MATCHES = 10_000;

/** What is searched, and how it is shown. */
export interface Searched {
  readonly paths: DirigentPaths;
  readonly names: readonly string[];
  readonly kind: OutputKind;
  readonly selection: OutputSelection;
  readonly style: MatchStyle;
}

/** Searches the logs of tasks one after the other and prints what matches; the answer is the exit code. */
export async function searchLogs(cli: Cli, searched: Searched, grep: Grep): Promise<number> {
  const { names, kind, style } = searched;
  const prefix = names.length > 1 ? createPrefix(names, cli.out.colors) : undefined;
  let left: Left = { matches: grep.maxCount, ms: grep.timeoutMs };
  let found = 0;
  for (const name of names) {
    const printer = new MatchPrinter(cli.out, prefix, { ...style, kind, hasContext: grep.before + grep.after > 0 });
    let count = 0;
    for await (const result of batches(searched, name, grep, left)) {
      if (count === 0 && result.totalBytes === 0) cli.err.writeLine(`${name} has no output in ${kind}.log to search`);
      left = take(left, result);
      count += result.count;
      for (const match of result.matches) await printer.print(match);
      if (cli.out.failure !== null) return FOUND; // nobody reads on: the host says so
      if (result.ended === 'deadline') return tellTimedOut(cli, name, grep, result);
    }
    found += count;
    if (grep.countOnly) printer.printCount(name, count);
  }
  return found > 0 ? FOUND : NOT_FOUND;
}

/** What may still be found, and how long it may take. */
interface Left {
  readonly matches: number;
  readonly ms: number;
}

const take = ({ matches, ms }: Left, { count, elapsedMs }: SearchResult): Left => ({
  matches: Math.max(0, matches - count),
  ms: Math.max(0, ms - elapsedMs),
});

/** Results of one log, until it is searched or there are matches enough. */
async function* batches(
  { paths, kind, selection }: Searched,
  name: string,
  { pattern, maxCount: _max, timeoutMs: _timeout, level, ...how }: Grep,
  first: Left,
): AsyncGenerator<SearchResult, void, void> {
  let [left, cursor]: [Left, SearchCursor] = [first, {}];
  while (left.matches > 0) {
    const limits = { limit: Math.min(left.matches, BATCH_MATCHES), timeoutMs: left.ms, cursor };
    const options = { ...selection, ...how, ...limits, kind, ...(level === undefined ? {} : { level }) };
    const result = await searchOutputOnDisk(paths, [name], pattern, options);
    yield result;
    if (result.ended !== 'limit') return;
    left = take(left, result);
    cursor = result.cursor;
  }
}

function tellTimedOut({ err }: Cli, name: string, { timeoutMs }: Grep, { scannedBytes, totalBytes }: SearchResult): number {
  err.writeLine(
    `${name}: the time was up after ${exactDuration(timeoutMs)}, with ${scannedBytes} of ${totalBytes} bytes searched; --timeout gives it more`,
  );
  return TIMED_OUT;
}
