/**
 * Where a reader of logs is, as the id of an event: of one log the offset alone, of several `task:stream:offset`, comma-separated. A `=` before an
 * offset says that the line there is still to come; else it has been given.
 */
import { TaskError, type FollowFrom, type OutputCursor, type OutputRecord } from '../index.ts';

const OFFSET = /^(=?)(\d{1,16})$/;
const PLACE = /^([A-Za-z0-9._-]{1,64}):(stdout|stderr|combined):(=?)(\d{1,16})$/;

/** The places of one reader. */
export class Cursors {
  readonly #isSingle: boolean;
  readonly #places = new Map<string, OutputCursor>();
  #only: Pick<OutputCursor, 'offset' | 'isUnread'> | undefined;

  /**
   * @param id where an earlier stream ended
   * @param isSingle whether one log is followed
   * @throws TaskError `ARGUMENT_INVALID`
   */
  constructor(id: string | undefined, isSingle: boolean) {
    this.#isSingle = isSingle;
    if (id === undefined || id === '') return;
    const [, mark, offset] = OFFSET.exec(id) ?? [];
    if (offset !== undefined) this.#only = { offset: Number(offset), ...unreadOf(mark) };
    else for (const part of id.split(',')) this.#keep(parse(part));
  }

  /** Where to go on, as `follow` takes it; undefined when nothing is known yet. */
  get from(): FollowFrom | undefined {
    if (this.#only !== undefined) return this.#only.isUnread === true ? { offset: this.#only.offset } : { after: this.#only.offset };
    return this.#places.size === 0 ? undefined : { after: [...this.#places.values()] };
  }

  /** Notes where all of the logs begin. */
  begin(places: readonly OutputCursor[]): void {
    this.#places.clear();
    if (this.#isSingle) [this.#only] = places;
    else for (const place of places) this.#keep(place);
  }

  /** Notes that a record was sent. */
  note(record: OutputRecord): void {
    if ('gap' in record) return; // the next line says where its log goes on
    const { task, stream, offset } = record;
    if (this.#isSingle) this.#only = { offset };
    else this.#keep({ task, stream, offset });
    this.#places.delete(keyOf(task, 'combined')); // where it began, which is behind it now
  }

  /** The id of an event that ends here; undefined as long as no place is known. */
  get id(): string | undefined {
    if (this.#isSingle) return this.#only === undefined ? undefined : offsetOf(this.#only);
    return this.#places.size === 0 ? undefined : [...this.#places.values()].map(toText).join(',');
  }

  /** A combined log may have a place by either stream: of several the furthest counts. */
  #keep(place: OutputCursor): void {
    this.#places.set(keyOf(place.task, place.stream), place);
  }
}

const keyOf = (task: string, stream: string): string => `${task} ${stream}`;

const unreadOf = (mark: string | undefined): { readonly isUnread?: true } => (mark === '=' ? { isUnread: true } : {});

const offsetOf = ({ offset, isUnread }: Pick<OutputCursor, 'offset' | 'isUnread'>): string => `${isUnread === true ? '=' : ''}${offset}`;

/** A place in an id. */
export const toText = ({ task, stream, ...place }: OutputCursor): string => `${task}:${stream}:${offsetOf(place)}`;

function parse(part: string): OutputCursor {
  const [, task, stream, mark, offset] = PLACE.exec(part) ?? [];
  if (task !== undefined && (stream === 'stdout' || stream === 'stderr' || stream === 'combined'))
    return { task, stream, offset: Number(offset), ...unreadOf(mark) };
  throw new TaskError('ARGUMENT_INVALID', `after: expected the id of an event of an earlier stream, got ${JSON.stringify(part)}`);
}
