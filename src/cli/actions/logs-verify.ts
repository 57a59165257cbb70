/** `dirigent logs --verify`: whether the logs of tasks are whole, from the files alone. Mends nothing. */
import { verifyOutputOnDisk, type DirigentPaths, type LogCheck, type MissingOutput, type OutputKind } from '../../index.ts';
import type { Cli } from '../host.ts';

/** Which logs are checked. */
export interface VerifyRequest {
  readonly paths: DirigentPaths;
  readonly names: readonly string[];
  /** One of the logs of each task; undefined: every one that was written to. */
  readonly kind?: OutputKind | undefined;
  /** Whether to tell one JSON object a log. */
  readonly json: boolean;
}

/** Checks and tells. @returns the exit code: 0 when every log is complete, 1 when something is missing */
export async function verifyLogs(cli: Cli, { paths, names, kind, json }: VerifyRequest): Promise<number> {
  let isComplete = true;
  for (const name of names) {
    const checks = await verifyOutputOnDisk(paths, name, kind === undefined ? {} : { kind });
    isComplete &&= checks.every(({ missing }) => missing.length === 0);
    if (json) for (const check of checks) cli.out.writeLine(JSON.stringify({ task: name, complete: check.missing.length === 0, ...check }));
    else if (checks.length === 0) cli.out.writeLine(`${name}: complete, it has no output`);
    else for (const check of checks) for (const line of describe(name, check)) cli.out.writeLine(cli.out.show(line));
  }
  return isComplete ? 0 : 1;
}

function describe(name: string, { kind, from, to, isIndexed, missing }: LogCheck): string[] {
  const log = `${name} ${kind}`;
  const kept = from === 0 ? `${to} bytes` : `bytes ${from} to ${to}; what came before was rotated away`;
  if (missing.length === 0) return [`${log}: ${isIndexed ? 'complete' : 'nothing tells what should be there (no index)'}, ${kept}`];
  const total = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const atMost = missing.some(({ cause }) => cause === 'gap') ? 'up to ' : '';
  return [`${log}: ${atMost}${total} bytes are missing, ${kept}`, ...missing.map(toLine)];
}

const toLine = ({ offset, bytes, cause, reason, at, runId }: MissingOutput): string =>
  `  at byte ${offset}: ${cause === 'gap' ? `up to ${bytes} lost` : `${bytes} ${cause}`}: ${reason}${at === null ? '' : ` (${at.toISOString()}${runId === null ? '' : `, run ${runId}`})`}`;
