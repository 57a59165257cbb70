/** `search` of a runner: the logs of its tasks, wherever they are kept. Checks nothing that the search itself checks. */
import type { SearchResult } from '../model/search.ts';
import type { RunnerParts } from './parts.ts';
import { searchTasks, type SearchOptions } from './search.ts';

/** @throws TaskError as `TaskRunner.search` */
export async function searchRunner(
  parts: RunnerParts,
  names: string | readonly string[],
  pattern: string,
  options: SearchOptions,
): Promise<SearchResult> {
  const tasks = parts.registry.definitions(names);
  for (const { name } of tasks) parts.assertKnown(name);
  return searchTasks(
    tasks.map(({ name }) => name),
    pattern,
    options,
    (name, query, call) => parts.output.search(parts.registry.get(name).definition, options, query, call),
  );
}
