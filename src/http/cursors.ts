/** Where a reader of logs is, as the id of an event: of one log the offset alone, of several `task:stream:offset`, comma-separated. */
import { TaskError, type OutputCursor, type OutputRecord } from '../index.ts';

const OFFSET = /^\d{1,16}$/;
const PLACE = /^([A-Za-z0-9._-]{1,64}):(stdout|stderr):(\d{1,16})$/;

/** The places of one reader. */
export class Cursors {
  readonly #isSingle: boolean;
  readonly #places = new Map<string, OutputCursor>();
  #only: number | undefined;

  /**
   * @param id where an earlier stream ended
   * @param isSingle whether one log is followed
   * @throws TaskError `ARGUMENT_INVALID`
   */
  constructor(id: string | undefined, isSingle: boolean) {
    this.#isSingle = isSingle;
    if (id === undefined || id === '') return;
    if (OFFSET.test(id)) this.#only = Number(id);
    else for (const part of id.split(',')) this.#keep(parse(part));
  }

  /** Where to go on, as `follow` takes it; undefined when nothing is known yet. */
  get positions(): number | readonly OutputCursor[] | undefined {
    return this.#only ?? (this.#places.size === 0 ? undefined : [...this.#places.values()]);
  }

  /** Notes that a record was sent. */
  note(record: OutputRecord): void {
    if ('gap' in record) return; // the next line says where its log goes on
    if (this.#isSingle) this.#only = record.offset;
    else this.#keep(record);
  }

  /** The id of an event that ends here; undefined before the first line. */
  get id(): string | undefined {
    if (this.#isSingle) return this.#only === undefined ? undefined : String(this.#only);
    return this.#places.size === 0 ? undefined : [...this.#places.values()].map(toText).join(',');
  }

  /** A combined log may have a place by either stream: of several the furthest counts. */
  #keep({ task, stream, offset }: OutputCursor): void {
    this.#places.set(`${task} ${stream}`, { task, stream, offset });
  }
}

const toText = ({ task, stream, offset }: OutputCursor): string => `${task}:${stream}:${offset}`;

function parse(part: string): OutputCursor {
  const [, task, stream, offset] = PLACE.exec(part) ?? [];
  if (task !== undefined && (stream === 'stdout' || stream === 'stderr')) return { task, stream, offset: Number(offset) };
  throw new TaskError('ARGUMENT_INVALID', `after: expected the id of an event of an earlier stream, got ${JSON.stringify(part)}`);
}
