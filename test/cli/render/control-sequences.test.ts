/** What a terminal is protected from, sequence by sequence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neutralise } from '../../../src/cli/render/control-sequences.ts';

const ESC = '\u001b';

const CASES: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['plain text, tabs and several lines stay', 'a\tb\nc – ü 漢字 🙂\n', 'a\tb\nc – ü 漢字 🙂\n'],
  ['colour stays, and ends with its line', `${ESC}[1;31mred\nplain`, `${ESC}[1;31mred${ESC}[0m\nplain`],
  ['true colour with colons stays', `${ESC}[38:2::1:2:3mx`, `${ESC}[38:2::1:2:3mx${ESC}[0m`],
  ['the title (OSC 0) is shown', `${ESC}]0;title\u0007`, '^[]0;title^G'],
  ['the clipboard (OSC 52) is shown', `${ESC}]52;c;ZXZpbA==${ESC}\\`, '^[]52;c;ZXZpbA==^[\\'],
  ['a link (OSC 8) is shown', `${ESC}]8;;http://x${ESC}\\text`, '^[]8;;http://x^[\\text'],
  ['a request for an answer (CSI 6n) is shown', `${ESC}[6n`, '^[[6n'],
  ['a device control string is shown', `${ESC}P$q"p${ESC}\\`, '^[P$q"p^[\\'],
  ['clearing and moving are shown', `${ESC}[2J${ESC}[1;1H${ESC}c`, '^[[2J^[[1;1H^[c'],
  ['a private sequence that ends in m is no colour', `${ESC}[>4;2m`, '^[[>4;2m'],
  ['a colour of endless parameters is none', `${ESC}[${'1;'.repeat(50)}m`, `^[[${'1;'.repeat(50)}m`],
  ['C1 controls, which say the same in one character, are shown', '\u009b2J\u009d0;t\u0085', '\\u009b2J\\u009d0;t\\u0085'],
  ['a carriage return that would overwrite is shown', 'real\rfake', 'real^Mfake'],
  ['the one before a newline or the end goes', 'one\r\ntwo\r', 'one\ntwo'],
  ['backspace, NUL and DEL are shown', 'a\bb\0c\u007f', 'a^Hb^@c^?'],
  ['marks that turn the direction of text are shown', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  ['an escape at the very end is shown', ESC, '^['],
  ['half a colour is shown', `${ESC}[31`, '^[[31'],
];

for (const [what, text, shown] of CASES) test(`case 71: ${what}`, () => assert.equal(neutralise(text), shown));

test('case 71: whatever comes, no control is left but tab, newline and colour', () => {
  const everything = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
  for (const text of [everything, everything.split('').reverse().join(''), `${ESC}${ESC}[31m${ESC}[${ESC}]m`]) {
    // oxlint-disable-next-line no-control-regex
    const rest = neutralise(text).replaceAll(/\u001b\[[0-9;:]*m/g, '');
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(rest, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  }
});
