/** Makes the paths of a resolved table absolute. Nothing here looks whether there is anything at a path. */
import { resolve } from 'node:path';
import type { ResolvedTask } from '../model/definition.ts';

type WithPaths = Pick<ResolvedTask, 'env' | 'envFile'>;

/** `table` with `envFile` and each `env.X.file` relative to `baseDir`, as absolute paths. */
export const absoluteFiles = <T extends WithPaths>(table: T, baseDir: string): T => ({
  ...table,
  envFile: table.envFile.map((path) => resolve(baseDir, path)),
  env: Object.fromEntries(
    Object.entries(table.env).map(([name, value]) => [name, typeof value === 'string' ? value : { file: resolve(baseDir, value.file) }]),
  ),
});

/** A task with these, `cwd` and `watch` absolute. A relative `command` stays: it is looked up from `cwd`, or in PATH. */
export const absolutePaths = (task: ResolvedTask, baseDir: string): ResolvedTask => ({
  ...absoluteFiles(task, baseDir),
  watch: task.watch.map((glob) => resolve(baseDir, glob)),
  cwd: resolve(baseDir, task.cwd),
});
