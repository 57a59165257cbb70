/** A search in tasks' output from the files alone, with or without a runner. Locks, starts and changes nothing. */
import { TaskError } from './errors.ts';
import { OutputKind } from './model/output.ts';
import type { SearchResult } from './model/search.ts';
import { ReadPool } from './output/read/pool.ts';
import type { DirigentPaths } from './paths.ts';
import { unsearchable } from './runner/output.ts';
import { resolveSelection } from './runner/read-query.ts';
import { searchTasks, type SearchOptions } from './runner/search.ts';

/**
 * The same as `runner.search`, of tasks that need be neither running nor defined. Without a kind, of their combined logs.
 * @throws TaskError `ARGUMENT_INVALID`, also for a bad pattern; `DATA_DIR_UNUSABLE` when a file cannot be read; the signal's reason
 */
export async function searchOutputOnDisk(
  paths: DirigentPaths,
  names: readonly string[],
  pattern: string,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const { kind = 'combined' } = options;
  if (!OutputKind.options.includes(kind))
    throw new TaskError('ARGUMENT_INVALID', `expected ${OutputKind.options.join(', ')}, got ${JSON.stringify(kind)}`);
  const pool = new ReadPool();
  try {
    return await searchTasks(names, pattern, options, async (name, query, call) => {
      const place = { type: 'files', dir: paths.taskDir(name), part: await resolveSelection(paths, name, options) } as const;
      return pool.search({ query: { ...query, kind }, place }, call).catch((error: unknown) => {
        throw unsearchable(name, error, call.signal);
      });
    });
  } finally {
    await pool.close();
  }
}
