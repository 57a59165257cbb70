/** How the output of a task is captured, from its definition. Nothing here looks at a file. */
import type { ResolvedTask } from '../model/definition.ts';
import { taskDir } from '../output/layout.ts';
import type { OutputPlan } from '../shim/protocol.ts';

/** The plan for the logs of a task under `dataDir`. */
export function toOutputPlan({ name, persistToDisk, log }: ResolvedTask, dataDir: string, rotate: boolean): OutputPlan {
  return {
    dir: persistToDisk ? taskDir(dataDir, name) : null,
    rotate,
    maxSizeBytes: log.maxSize,
    keep: log.keep,
    totalBytes: log.total,
    rotateEveryMs: log.rotateEvery,
    maxAgeMs: log.maxAge,
    compress: log.compress,
    combined: log.combined,
  };
}
