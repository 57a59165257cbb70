/** A recording as text: what is read is what was written, and a text that is none says where it is wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Frame, Hello } from '../../src/trace/frame.ts';
import { formatRecording, parseRecording, RecordingError, toRecording } from '../../src/trace/recording.ts';

const hello: Hello = {
  k: 'hello',
  v: 1,
  n: 1,
  t: 1,
  boot: 'b',
  source: { name: 'test', pid: 1, node: 'v20.20.2' },
  machines: [],
  actors: [],
};
const frame: Frame = { k: 'dead', n: 2, t: 2, s: 'x:1', e: { type: 'late', text: 'a\u2028b</script>\n' } };

describe('recordings', () => {
  it('read as they were written', () => {
    assert.deepEqual(parseRecording(formatRecording([hello, frame])), [hello, frame]);
  });

  it('are read without a torn last line, and without kinds that are not known', () => {
    const text = `${formatRecording([hello])}{"k":"later","n":2}\n${formatRecording([frame])}{"k":"de`;
    assert.deepEqual(parseRecording(text), [hello, frame]);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', '', /empty/],
    ['a line that is no JSON', `${formatRecording([hello])}oops\n`, /Line 2 is no JSON: oops/],
    ['a text that is torn from its first line on', 'oops', /Line 1 is no JSON/],
    ['JSON of another kind', '[1]\n', /Line 1 is no line of a recording/],
    ['frames without what was before', formatRecording([frame]), /begins with a line of the kind "hello"; this one begins with "dead"/],
    ['a later version', formatRecording([hello]).replace('"v":1', '"v":2'), /version 2; this reads version 1/],
  ];
  for (const [what, text, message] of wrong) {
    it(`are not made of ${what}`, () => {
      assert.throws(
        () => parseRecording(text),
        (error) => error instanceof RecordingError && message.test(error.message),
      );
    });
  }

  it('are made of lines that begin as one', () => {
    assert.deepEqual(toRecording([hello, frame]), [hello, frame]);
  });
});
