/** One anchor of an index: a line of JSON with absolute values. Nothing here throws: a line that is no anchor is undefined. */

/** What an index tells of one moment. Offsets count the bytes of the log since it began. */
export interface Anchor {
  /** Unix milliseconds of the wall clock. */
  readonly at: number;
  /** Milliseconds of the monotonic clock since the system started. */
  readonly mono: number;
  /** Which start of the system that was; null where it has no name. */
  readonly boot: string | null;
  /** The log's length at that moment. */
  readonly offset: number;
  /** Where the current file begins. */
  readonly file: number;
  /** The current file's inode; undefined where it is not told. */
  readonly ino: number | undefined;
  /** Whose bytes follow; null: not known. */
  readonly run: string | null;
  /** Bytes that belong at this offset and were never written. */
  readonly dropped: number;
  /** At most so many bytes that belong at this offset were never written. */
  readonly gap: number;
  /** Why they were not. */
  readonly reason: string | undefined;
  /** Bytes before this offset that others removed from the files. */
  readonly lost: number;
}

/** Reads a line without its newline. */
export function toAnchor(line: string): Anchor | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined; // torn by a crash, or no line of ours
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { at, mono, boot, offset, file, ino, run, dropped, gap, reason, lost } = fields as Partial<Record<keyof Anchor, unknown>>;
  if (!isTime(at) || !isTime(mono) || !isCount(offset) || !isCount(file) || file > offset) return undefined;
  return {
    at,
    mono,
    boot: typeof boot === 'string' ? boot : null,
    offset,
    file,
    ino: isCount(ino) ? ino : undefined,
    run: typeof run === 'string' ? run : null,
    dropped: isCount(dropped) ? dropped : 0,
    gap: isCount(gap) ? gap : 0,
    reason: typeof reason === 'string' ? reason : undefined,
    lost: isCount(lost) ? lost : 0,
  };
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
