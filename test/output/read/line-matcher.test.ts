/** Specification of matching lines: the language is RE2's, the time linear, and literals only make it faster. Pure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { LineMatcher } from '../../../src/output/read/line-matcher.ts';
import { compilePattern } from '../../../src/output/read/pattern.ts';
import type { PatternSource, Program } from '../../../src/output/read/pattern.ts';
import type { LogKind } from '../../../src/output/layout.ts';
import { noise } from './noise.ts';

const REGEX = { isLiteral: false, ignoreCase: false } as const;
const compile = (pattern: string, how: Partial<PatternSource> = {}): Promise<Program> => compilePattern({ ...REGEX, ...how, pattern });

/** The lines of `chunk` that match, as Latin-1. */
function matching(program: Program, chunk: Buffer, kind: LogKind = 'stdout', spend?: (work: number) => void): string[] {
  const matcher = new LineMatcher(program, kind, spend);
  const lines: string[] = [];
  matcher.begin(chunk);
  for (let at = 0; ;) {
    const found = matcher.find(chunk, at);
    if (found === undefined) return lines;
    lines.push(chunk.toString('latin1', found.start, found.end));
    at = found.end + 1;
  }
}

const linesOf = async (pattern: string, text: string | Buffer, how: Partial<PatternSource> = {}): Promise<string[]> =>
  matching(await compile(pattern, how), Buffer.from(text as string));

test('lines that match are found, each once, wherever they are', async () => {
  assert.deepEqual(await linesOf('b.', 'abc\nb\nxbbbb\n\nbb\n'), ['abc', 'xbbbb', 'bb']);
  assert.deepEqual(await linesOf('^b|c$', 'abc\nb\nxcx\ncb\n'), ['abc', 'b']);
  assert.deepEqual(await linesOf('\\bfoo\\b', 'foobar\na foo.\nfoo\nxfoo\n'), ['a foo.', 'foo']);
});

test('an empty pattern matches every line, empty ones too', async () => {
  assert.deepEqual(await linesOf('', 'a\n\nb\n'), ['a', '', 'b']);
  assert.deepEqual(await linesOf('', '\n', { isLiteral: true }), ['']);
  assert.deepEqual(await linesOf('^$', 'a\n\nb\n\r\n'), ['', '\r']);
});

test('a literal is found as it is, whatever it would mean as an expression', async () => {
  assert.deepEqual(await linesOf('a.*(b', 'xa.*(by\naxb\n', { isLiteral: true }), ['xa.*(by']);
  assert.deepEqual(await linesOf('Straße', 'die STRAßE\nStraße\n', { isLiteral: true, ignoreCase: true }), [
    Buffer.from('die STRAßE').toString('latin1'),
    Buffer.from('Straße').toString('latin1'),
  ]);
  assert.deepEqual(await linesOf('É', 'é\ne\n', { ignoreCase: true }), [Buffer.from('é').toString('latin1')]);
});

test('a carriage return before the newline does not hide the end of the line', async () => {
  assert.deepEqual(await linesOf('done$', 'done\r\ndone\ndone \rx\n'), ['done\r', 'done']);
  assert.deepEqual(await linesOf('done\\r$', 'done\r\ndone\n'), ['done\r']);
});

test('bytes that are no UTF-8 count as U+FFFD, as they are shown', async () => {
  const text = Buffer.from('a\xffb\na\xe2\x82b\na\xf0\x9fb\n\xc3\n', 'latin1');
  assert.equal((await linesOf('^a.b$', text)).length, 3);
  assert.equal((await linesOf('\uFFFD', text)).length, 4);
  assert.equal((await linesOf('\uFFFD$', text)).length, 1);
  assert.equal((await linesOf('^a..b$', text)).length, 0);
});

test('in a combined log the text behind the prefix is matched, and the whole of a line without one', async () => {
  const chunk = Buffer.from('[stdout] ERROR\n[stderr] an ERROR\nERROR rest\n[stdout]ERROR\n[stderr] std\n');
  const at = async (pattern: string): Promise<string[]> => matching(await compile(pattern), chunk, 'combined');
  assert.deepEqual(await at('^ERROR'), ['[stdout] ERROR', 'ERROR rest']);
  assert.deepEqual(await at('std'), ['[stdout]ERROR', '[stderr] std']);
  assert.deepEqual(await at('err'), []);
});

/** Patterns of every construct, over an alphabet small enough for matches. */
const pattern = fc.letrec<{ whole: string; part: string }>((tie) => ({
  part: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', 'ba', 'é', '-', '😀', '\\r') },
    fc.constantFrom(
      '.',
      '^',
      '$',
      '\\b',
      '\\B',
      '[ab]',
      '[^a]',
      '[^é]',
      '\\w',
      '\\W',
      '\\d',
      '\\s',
      '\\pL',
      '\\x{fffd}',
      '[à-ü]',
      '\\z',
      '\\A',
    ),
    fc.tuple(tie('whole'), fc.constantFrom('', '?', '*', '+', '{2}', '{0,2}', '*?', '+?')).map(([inner, times]) => `(${inner})${times}`),
    fc.tuple(tie('whole'), tie('whole')).map(([left, right]) => `(?:${left}|${right})`),
    tie('whole').map((inner) => `(?i:${inner})`),
  ),
  whole: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
})).whole;

const bytes = fc.array(
  fc.constantFrom(
    'a',
    'b',
    'A',
    'é',
    'É',
    '-',
    '😀',
    '\r',
    'ab',
    '\n',
    '\xff',
    '\xe2\x82',
    '\xc3',
    '\xed\xa0\x80',
    '\xc0\x80',
    '\xe0\x80\x80',
    '\xf0\x80\x80',
    '\xf4\x90\x80\x80',
    '\xf5',
  ),
  {
    maxLength: 20,
  },
);
const toBytes = (parts: readonly string[]): Buffer =>
  Buffer.concat(
    [...parts, '\n'].map((part) =>
      Buffer.from(part, /[\xc0-\xff]/.test(part) && !/[éÉ]/.test(part) && part < '\u0100' ? 'latin1' : 'utf8'),
    ),
  );

test('lines match as RE2JS has it, whatever the pattern and the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(pattern, fc.boolean(), bytes, async (source, ignoreCase, parts) => {
      const chunk = toBytes(parts);
      const engine = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
      const expected = chunk
        .toString('latin1')
        .split('\n')
        .slice(0, -1)
        .filter((line) => {
          const text = Buffer.from(line, 'latin1').toString();
          return engine.test(text) || (text.endsWith('\r') && engine.test(text.slice(0, -1)));
        });
      const program = await compile(source, { ignoreCase });
      assert.deepEqual(matching(program, chunk), expected);
      assert.deepEqual(matching({ ...program, required: [] }, chunk), expected);
    }),
    { numRuns: 1_500 },
  );
});

test('what a match must hold is taken from the pattern, the rarest part of it', async () => {
  const required = async (source: string, how?: Partial<PatternSource>): Promise<string[]> =>
    (await compile(source, how)).required.map((literal) => literal.toString());
  assert.deepEqual(await required('id=[0-9]+ took'), [' took']);
  assert.deepEqual(await required('(ERROR|WARN).*5\\d\\d'), ['ERROR', 'WARN']);
  assert.deepEqual(await required('a.*b', { isLiteral: true }), ['a.*b']);
  assert.deepEqual(await required('[0-9]+'), []);
  assert.deepEqual(await required('foo|'), []);
  assert.deepEqual(await required('foo', { ignoreCase: true }), []);
  assert.deepEqual(await required('a\\x{fffd}b|c'), []);
});

test('a literal in nearly every line changes nothing but the way they are looked at', async () => {
  const text = Array.from({ length: 5_000 }, (_, index) => `took ${index} ms\n`).join('');
  const program = await compile('took \\d*7 ms');
  const found = matching(program, Buffer.from(text));
  assert.equal(found.length, 500);
  assert.deepEqual(found, matching({ ...program, required: [] }, Buffer.from(text)));
});

const HOSTILE = [
  '(a+)+$',
  '(a|a)*$',
  '(a*)*b',
  '\\s+$',
  '(.*)*x',
  '(a?){500}a{500}b',
  '([ab]*a[ab]{60})+c',
  '(\\pL|a|b)*?[^ab]\\d',
  'a'.repeat(10_000),
];

for (const source of HOSTILE) {
  test(`case 72: the work for ${JSON.stringify(source.slice(0, 30))} grows as the line does`, async () => {
    const program = await compile(source);
    const workFor = (length: number): number => {
      let work = 0;
      const line = source.startsWith('\\s') ? `${' '.repeat(length)}x` : noise(length);
      matching({ ...program, required: [] }, Buffer.from(`${line}\n`), 'stdout', (more) => (work += more));
      return work;
    };
    const [short, long] = [workFor(6_000), workFor(60_000)];
    assert.ok(long <= program.instructions.length * 60_010, `${long} looks at instructions`);
    assert.ok(long <= short * 11, `${short}, then ${long}`);
  });
}

test('a table that is full is begun anew, and nothing is missed', async () => {
  const text = Array.from({ length: 400 }, (_, index) => `${(index * 7919 + 2 ** 40).toString(2)}\n`).join('');
  const program = await compile('1[01]{14}1[01]*0$');
  const expected = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => /1[01]{14}1[01]*0$/.test(line));
  assert.deepEqual(matching(program, Buffer.from(text)), expected);
  assert.ok(expected.length > 50 && expected.length < 400);
});

test('case 72: what cannot be matched in linear time, or is no expression, is refused with its place', async () => {
  const refusal = async (source: string): Promise<string> =>
    compile(source).then(
      () => 'no refusal',
      (error: unknown) => (error as Error).message,
    );
  const LINEAR = '(what refers back or looks around cannot be matched in linear time)';
  assert.equal(await refusal('(a)\\1'), `the pattern is no regular expression: invalid escape sequence at character 4: "\\\\1" ${LINEAR}`);
  assert.equal(
    await refusal('x(?=a)'),
    `the pattern is no regular expression: invalid or unsupported Perl syntax at character 2: "(?=" ${LINEAR}`,
  );
  assert.equal(await refusal('ab[z-a]'), 'the pattern is no regular expression: invalid character class range at character 4: "z-a"');
  assert.equal(await refusal('(a'), 'the pattern is no regular expression: missing closing ) at character 1: "(a"');
  assert.equal(await refusal('a**'), 'the pattern is no regular expression: invalid nested repetition operator at character 2: "**"');
  assert.equal(await refusal('a\\'), 'the pattern is no regular expression: trailing backslash at end of expression in "a\\\\"');
  assert.equal(await refusal('a'.repeat(10_001)), 'the pattern has 10001 characters, at most 10000 are possible');
  assert.equal(
    await refusal('(\\pL{100}){10}'.repeat(20)),
    'the pattern is too big: it makes 20402 instructions, at most 10100 are possible',
  );
});
