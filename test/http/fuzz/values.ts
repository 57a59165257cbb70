/** Values that fit a JSON Schema, and such that hardly do. Runs nothing: what would be executed, watched or waited for is taken from what is harmless. */
import fc from 'fast-check';
import type { Schema } from '../../rig/operations.ts';

type Values = fc.Arbitrary<unknown>;

/** One of `right`, and now and then one of `wrong`. */
const mostly = (right: readonly unknown[], wrong: readonly unknown[] = []): Values =>
  wrong.length === 0
    ? fc.constantFrom(...right)
    : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const duration = (): Values => mostly(['1ms', '20ms', '1s', '5m', 0, 1, 250], ['soon', '-1s', '', 1e99, -1]);
const short = (): Values => mostly(['1ms', '50ms', 0], ['x']);
const size = (): Values => mostly(['64KiB', '1MiB', '1GiB', 4096, '100MB'], ['', 'x', -1]);

/** By the name of a property: what is taken in place of what its schema says. Commands end, run on, fail or are not there, and harm nothing. */
const HARMLESS: Readonly<Record<string, (dir: string) => Values>> = {
  name: () => mostly(['fuzz-a', 'fuzz-b', 'fuzz-c', 'web', 'job', 'reader'], ['FUZZ-A', 'x y', '..', '']),
  command: () => mostly(['true', 'false', 'cat', '/nowhere/command', '.']),
  args: () => mostly([[], ['-'], ['a', 'b'], ['ü\u202E']], [['\u0000']]),
  shell: () => mostly([true, false]),
  cwd: (dir) => mostly([dir, `${dir}/none`]),
  env: () =>
    mostly(
      [{}, { A: '1', B_1: '' }, { __proto: 'x' }, { 'a b': 'ü' }, { A: { file: '/nowhere' } }],
      [{ 'A=B': '1' }, { '': '' }, { A: '\u0000' }],
    ),
  envFile: (dir) => mostly([`${dir}/none.env`, []]),
  exec: () => mostly([['true'], ['false'], ['/nowhere/probe']]),
  stopCommand: () => mostly([['true'], ['/nowhere/stop']]),
  http: () => mostly(['http://127.0.0.1:1/'], ['no url', 'ftp://x']),
  tcp: () => mostly(['127.0.0.1:1', '[::1]:1'], ['x']),
  watch: (dir) => mostly([`${dir}/*.ts`, [`${dir}/watched`], []]),
  user: () => mostly(['nobody', 'no-such-user']),
  schedule: () => mostly(['0 0 1 1 *', '* * * * * *'], ['x']),
  timezone: () => mostly(['UTC', 'Europe/Vienna'], ['Nowhere/City']),
  instances: () => mostly([1, 2, 3], [0, 1001]),
  dependsOn: () => mostly([[], ['job'], [{ task: 'web', until: 'running' }]], [['nobody'], ['fuzz-a']]),
  group: () => mostly(['none']),
  stopSignal: () => mostly(['SIGTERM', 'SIGKILL', 'SIGHUP'], ['SIGNONE']),
  signal: () => mostly(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGUSR1'], ['SIGNONE', '9', '']),
  stopTimeout: short,
  drainTimeout: short,
  // None is left to wait for longer than a moment.
  timeout: () => mostly(['0', '1', '5ms', '20ms']),
  timeoutMs: () => mostly([0, 1, 20]),
  maxMemory: size,
  maxSize: size,
  total: size,
  restartDelay: duration,
  restartMaxDelay: duration,
  restartReset: duration,
  restartWindow: duration,
  startTimeout: duration,
  runTimeout: duration,
  interval: duration,
  startPeriod: duration,
  orphanTimeout: duration,
  rotateEvery: duration,
  maxAge: duration,
  since: () => mostly(['5m', '14:30', '2026-01-01'], ['never', '']),
  until: () => mostly(['1s', '23:59', '2036-01-01'], ['x']),
  run: () => mostly(['last', '1', '2'], ['99', '0123456789abcdef', 'x']),
  pattern: () => mostly(['.', 'line', '(a+)+$', 'x'.repeat(10_000)], ['(', String.raw`(a)\1`, '']),
  grep: () => mostly(['.', 'line'], ['(', '']),
  cursor: () => mostly(['{}', '{"web":0}'], ['{"web":-1}', '{', 'null']),
  task: () => mostly(['web', 'job', ['web', 'job']], ['nobody', '*']),
  after: () => mostly(['0', '5', 'web:stdout:3', 'web:stdout:3,job:stderr:1', '00000000-1'], ['x', '99999999999999999']),
  base64: () => mostly(['', 'aGVsbG8K', 'AAAA'], ['!', 'aGVsbG8']),
};

/** Text as nobody wants it. */
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ' ', '\u0000', '../..', '%00', '__proto__', '-1', '1e99', 'NaN', 'null', '💥', '\uD800', 'a'.repeat(5_000)),
);

/** Values of every kind. */
export const anything: Values = fc.oneof(odd, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>(null, -1, 1e308, true, [], {}, [[]]));

/** Text of every kind. */
export const anyText: fc.Arbitrary<string> = odd;

/** Values that fit `schema`. `dir` is a folder that tasks may work in. */
export function valuesOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, dir: string): Values {
  const of = (inner: unknown): Values => valuesOf(inner as Schema, schemas, dir);
  const { $ref, anyOf, oneOf, items, enum: choices, properties, type } = schema;
  if (typeof $ref === 'string') return of(schemas[$ref.replace('#/components/schemas/', '')]);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(choices)) return fc.constantFrom<unknown>(...(choices as unknown[]));
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) return fc.oneof(...alternatives.map(of));
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => of({ ...schema, type: each as unknown })));
  if (properties !== undefined) return recordOf(schema, of, dir);
  if (items !== undefined) return fc.array(of(items), { minLength: numberIn(schema, 'minItems', 0), maxLength: 3 });
  return scalarsOf(schema);
}

function recordOf({ properties = {}, required = [] }: Schema, of: (schema: unknown) => Values, dir: string): Values {
  const known = Object.entries(properties as Readonly<Record<string, Schema>>);
  const members = known.map(([key, inner]): [string, Values] => [key, HARMLESS[key]?.(dir) ?? of(inner)]);
  const needed = required as readonly string[];
  const optional = known.map(([key]) => key).filter((key) => !needed.includes(key));
  // Few of many, so that most are accepted.
  return fc
    .subarray(optional, { maxLength: Math.min(4, optional.length) })
    .chain((some) => fc.record(Object.fromEntries(members.filter(([key]) => needed.includes(key) || some.includes(key)))));
}

function scalarsOf(schema: Schema): Values {
  const { type, pattern } = schema;
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer') return fc.integer({ min: numberIn(schema, 'minimum', -1_000), max: numberIn(schema, 'maximum', 1_000) });
  if (type === 'number') return fc.double({ min: numberIn(schema, 'minimum', -1_000), max: 1_000, noNaN: true });
  if (type === 'object') return fc.constant({});
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern), { maxLength: 20 });
  return fc.string({ minLength: numberIn(schema, 'minLength', 0), maxLength: Math.min(20, numberIn(schema, 'maxLength', 20)) });
}

const numberIn = (schema: Schema, key: string, otherwise: number): number => {
  const value = schema[key];
  return typeof value === 'number' ? value : otherwise;
};

/** Values of a parameter, as text; several where it is repeated. */
export function textsOf(name: string, schema: Schema, schemas: Readonly<Record<string, Schema>>, dir: string): fc.Arbitrary<string[]> {
  const values = HARMLESS[name]?.(dir) ?? valuesOf(schema, schemas, dir);
  return values.map((value) => [value].flat().map(String));
}
