/** What may be missing when a log worker died and could leave nothing: bounds, since nobody is left who could tell. No I/O. */
import { MAX_PIECE_BYTES } from '../output/capture/largest-piece.ts';
import type { TaskLedger } from '../output/capture/task-ledger.ts';
import { MEMORY_BYTES, OUTPUT_KINDS, type LogKind } from '../output/layout.ts';

/** How much may be missing of each log of a task; of one that is not named, nothing. */
export type Losses = Partial<Record<LogKind, number>>;

/**
 * What was read and is not in the logs, which from now on counts as dropped; one read of each pipe that nobody came to count; and all that
 * was in memory.
 * @param reading whether pipes of the task were read, and into a combined log too
 */
export function lossesOf(ledger: TaskLedger, reading: 'nothing' | 'streams' | 'combined'): Losses {
  const stdout = ledger.stdout.dropPending();
  const stderr = ledger.stderr.dropPending();
  const isRead = reading !== 'nothing';
  const unseen: Losses = isRead ? { stdout: stdout + MAX_PIECE_BYTES, stderr: stderr + MAX_PIECE_BYTES } : {};
  if (reading === 'combined') unseen.combined = stdout + stderr + 2 * MAX_PIECE_BYTES;
  const losses = OUTPUT_KINDS.map((kind) => [kind, (unseen[kind] ?? 0) + keptOf(ledger, kind)] as const);
  return Object.fromEntries(losses.filter(([, bytes]) => bytes > 0)) as Losses;
}

const keptOf = (ledger: TaskLedger, kind: LogKind): number => Math.min(ledger.memoryEnd(kind)[0] ?? 0, MEMORY_BYTES);
