/** Records of followers, taken so many at a time. */
import type { FollowOptions, OutputRecord, RunnerApi } from '../../src/index.ts';

/** Numbers as text. */
export const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
/** The text of a line; a gap tells its length. */
export const textOf = (record: OutputRecord): string => ('text' in record ? record.text : `gap of ${record.gap.bytes}`);

/** The next `count` lines. */
export async function take(records: AsyncIterator<OutputRecord>, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const { done, value } = await records.next();
    if (done === true) return [...texts, 'the end'];
    texts.push(textOf(value));
  }
  return texts;
}

/** Follows, from the call on. */
export const iterate = (runner: RunnerApi, names: string | readonly string[], options?: FollowOptions): AsyncIterator<OutputRecord> =>
  runner.follow(names, options)[Symbol.asyncIterator]();
