/** Prints what a search found, each line once, as text or as JSON. Nothing here searches. */
import type { OutputKind, SearchLine, SearchMatch } from '../../index.ts';
import { beforeText } from '../render/logged-line.ts';
import type { Prefix } from '../render/prefix.ts';
import type { Sink } from '../sink.ts';

/** How matches are shown. */
export interface MatchStyle {
  readonly json?: true | undefined;
  readonly timestamps?: true | undefined;
}

/** The printer of one log. */
export class MatchPrinter {
  readonly #out: Sink;
  readonly #prefix: Prefix | undefined;
  readonly #style: MatchStyle & { readonly kind: OutputKind; readonly hasContext: boolean };
  /** Where the line begins that was printed last, and the one after it; of a line that is cut or no UTF-8 the length is not known. */
  #last = -1;
  #next = -1;

  /** @param prefix where there are several tasks */
  constructor(out: Sink, prefix: Prefix | undefined, style: MatchStyle & { readonly kind: OutputKind; readonly hasContext: boolean }) {
    this.#out = out;
    this.#prefix = prefix;
    this.#style = style;
  }

  async print(match: SearchMatch): Promise<void> {
    if (this.#style.json !== undefined) return this.#out.push(`${this.#out.show(JSON.stringify(match))}\n`);
    for (const line of [...match.before, match, ...match.after]) {
      if (line.offset <= this.#last) continue;
      if (this.#style.hasContext && this.#last !== -1 && line.offset !== this.#next) await this.#out.push('--\n');
      await this.#out.push(this.#toText(match.task, line));
    }
  }

  printCount(task: string, count: number): void {
    const isData = this.#style.json !== undefined;
    this.#out.writeLine(isData ? JSON.stringify({ task, count }) : `${this.#prefix?.(task, 'stdout') ?? ''}${count}`);
  }

  #toText(task: string, { stream, text, time, offset }: SearchLine): string {
    // As combined.log has it.
    const source = this.#style.kind === 'combined' && stream !== null ? `[${stream}] ` : '';
    this.#last = offset;
    this.#next = offset + Buffer.byteLength(source + text) + 1;
    const stamp = this.#style.timestamps === undefined ? '' : beforeText(this.#out.colors, time);
    return `${this.#prefix?.(task, 'stdout') ?? ''}${stamp}${source}${this.#out.show(text)}\n`;
  }
}
