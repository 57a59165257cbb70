/** Lines of kept output as they are shown: behind the task's name, behind their time, or as JSON. Only bytes are made here. */
import { toLoggedRecord, type LoggedLine, type OutputKind } from '../../index.ts';
import type { Cli } from '../host.ts';
import type { Colors, Sink } from '../sink.ts';
import { createPrefix } from './prefix.ts';

/** How lines are shown. */
export interface LineStyle {
  readonly name: string;
  /** All tasks that are shown: one alone needs no name. */
  readonly names: readonly string[];
  readonly kind: OutputKind;
  readonly json?: true | undefined;
  readonly timestamps?: true | undefined;
}

const END = Buffer.from('\n');
/** As wide as a time. */
const UNKNOWN_TIME = '-'.padEnd(new Date(0).toISOString().length);

/** Makes what is printed of batches of lines. Of a line too long to be held, its beginning is shown, and stderr says so. */
export function lineWriter(
  { out, err }: Cli,
  style: LineStyle,
): (batches: AsyncIterable<readonly LoggedLine[]>) => AsyncGenerator<Buffer, void, void> {
  const before = beforeLine(out, style);
  return async function* (batches) {
    for await (const lines of batches) {
      yield Buffer.concat(lines.flatMap((line) => [Buffer.from(before(line)), showBytes(out, line, style), END]));
      for (const { truncated, offset } of lines)
        if (truncated && style.json === undefined) err.writeLine(`${style.name}: the line at offset ${offset} is cut`);
    }
  };
}

function beforeLine({ colors }: Sink, { name, names, json, timestamps }: LineStyle): (line: LoggedLine) => string {
  if (json !== undefined) return () => '';
  const prefix = names.length > 1 ? createPrefix(names, colors)(name, 'stdout') : '';
  if (timestamps === undefined) return () => prefix;
  let last: Date | null | undefined;
  let text = '';
  return ({ time }) => {
    // Lines that came together share one date.
    if (time !== last) text = `${prefix}${beforeText(colors, time)}`;
    last = time;
    return text;
  };
}

/** The time of a line, as it stands before its text. */
export const beforeText = (colors: Colors, time: Date | null): string => `${colors.dim(time?.toISOString() ?? UNKNOWN_TIME)} `;

/** Bytes that are no UTF-8 reach a file as they are; a terminal shows their replacement. */
function showBytes(out: Sink, line: LoggedLine, { name, kind, json }: LineStyle): Uint8Array {
  if (json !== undefined) return Buffer.from(out.show(JSON.stringify(toLoggedRecord(name, kind, line))));
  return out.isTerminal ? Buffer.from(out.show(line.bytes.toString('utf8'))) : line.bytes;
}
