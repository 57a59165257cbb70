/** Makes the paths of a resolved table absolute. Nothing here looks whether there is anything at a path. */
import { resolve } from 'node:path';
import type { ResolvedTask } from '../model/definition.ts';
import { isTable } from './got.ts';

type WithFiles = Pick<ResolvedTask, 'env' | 'envFile'>;

/** `table` with `envFile` and each `env.X.file` relative to `baseDir`, as absolute paths. */
export const absoluteFiles = <T extends WithFiles>(table: T, baseDir: string): T => ({
  ...table,
  envFile: table.envFile.map((path) => resolve(baseDir, path)),
  env: Object.fromEntries(
    Object.entries(table.env).map(([name, value]) => [name, typeof value === 'string' ? value : { file: resolve(baseDir, value.file) }]),
  ),
});

/** The same with `watch`. */
export const absoluteOptions = <T extends WithFiles & Pick<ResolvedTask, 'watch'>>(options: T, baseDir: string): T => ({
  ...absoluteFiles(options, baseDir),
  watch: options.watch.map((glob) => resolve(baseDir, glob)),
});

/** A task with these and `cwd` absolute. A relative `command` stays: it is looked up from `cwd`, or in PATH. */
export const absolutePaths = (task: ResolvedTask, baseDir: string): ResolvedTask => ({
  ...absoluteOptions(task, baseDir),
  cwd: resolve(baseDir, task.cwd),
});

/** The same for keys that nobody has judged yet: what is no path stays as it is. */
export function absoluteWritten(written: Readonly<Record<string, unknown>>, baseDir: string): Record<string, unknown> {
  const absolute = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(absolute);
    return typeof value === 'string' ? resolve(baseDir, value) : value;
  };
  const ofVariable = (value: unknown): unknown => (isTable(value) && 'file' in value ? { ...value, file: absolute(value['file']) } : value);
  const result = { ...written };
  for (const key of ['cwd', 'envFile', 'watch']) if (Object.hasOwn(result, key)) result[key] = absolute(result[key]);
  const { env } = result;
  if (isTable(env)) result['env'] = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, ofVariable(value)]));
  return result;
}
