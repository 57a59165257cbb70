/** Reads the stream of frames as the page does: batch by batch. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Line } from '../../src/trace/frame.ts';
import { atEnd } from '../rig/cleanup.ts';

/** A stream that is read. */
export interface FramesReader {
  /** Lines as they come, until `isLast` is true of one. */
  until(isLast: (line: Line) => boolean): Promise<Line[]>;
  /** Id of the last batch. */
  readonly lastId: string;
  /** Reads what is left until the server has ended it. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

/** Reads an answer. */
export function readFrames(t: TestContext, { status, body }: Response): FramesReader {
  assert.equal(status, 200);
  assert.ok(body !== null);
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  let lastId = '';
  let rest: Line[] = [];
  const close = (): Promise<void> => events.cancel().catch(() => undefined);
  atEnd(t, close);
  const next = async (): Promise<Line[]> => {
    const { value } = await events.read();
    assert.equal(value?.event, 'frames');
    lastId = value.id ?? lastId;
    return JSON.parse(value.data) as Line[];
  };
  return {
    get lastId() {
      return lastId;
    },
    async until(isLast) {
      const read = [...rest];
      while (!read.some(isLast)) read.push(...(await next()));
      const index = read.findIndex(isLast);
      rest = read.slice(index + 1);
      return read.slice(0, index + 1);
    },
    async ended() {
      let name: string | undefined = '';
      while (name !== 'end') {
        const { value } = await events.read();
        assert.ok(value !== undefined, 'it broke off');
        name = value.event;
      }
    },
    close,
  };
}
