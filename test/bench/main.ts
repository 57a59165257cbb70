/**
 * Runs benchmarks: `npm run bench -- NAME… [--OPTION N]`, all without a name. Each prints what it measured and ends in one line of JSON. An option goes
 * to the benchmarks that have it; one that none of them has is refused.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What a benchmark is told to do otherwise than it would: whole numbers by name. */
export type BenchOptions = Readonly<Record<string, number>>;

/** What every benchmark module exports. */
export interface Benchmark {
  /** The options it has, each with what it is where nobody says. */
  readonly options?: BenchOptions;
  /** Measures and prints; resolves with the figures for the line of JSON. */
  run(options: BenchOptions): Promise<Readonly<Record<string, unknown>>>;
}

const SUFFIX = '.bench.ts';
const names = readdirSync('test/bench')
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const { tokens } = parseArgs({ strict: false, allowPositionals: true, tokens: true, options: optionsOf(process.argv.slice(2)) });
const asked = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) refuse(`there is no benchmark ${unknown.join(', ')}; expected one of: ${names.join(', ')}`);

const benchmarks = new Map<string, Benchmark>();
for (const name of asked.length > 0 ? asked : names)
  benchmarks.set(name, (await import(new URL(`./${name}.bench.js`, import.meta.url).href)) as Benchmark);
const known = [...benchmarks.values()].flatMap(({ options = {} }) => Object.keys(options));
const given: Record<string, number> = {};
for (const token of tokens) {
  if (token.kind !== 'option') continue;
  if (!known.includes(token.name))
    refuse(`there is no option ${token.rawName}; expected ${known.map((name) => `--${name}`).join(', ') || 'none'}`);
  if (token.value === undefined || !/^\d+$/.test(token.value))
    refuse(`${token.rawName}: expected a whole number, got ${token.value ?? 'nothing'}`);
  given[token.name] = Number(token.value);
}

for (const [name, { options = {}, run }] of benchmarks) {
  console.log(`# ${name}`);
  const own = Object.entries(options).map(([option, value]) => [option, given[option] ?? value] as const);
  const figures = await run(Object.fromEntries(own));
  console.log(JSON.stringify({ bench: name, node: process.version, ...figures }));
}

/** Every option takes a value; which of them there are is known once the benchmarks are. */
function optionsOf(args: readonly string[]): Record<string, { type: 'string' }> {
  const found = args.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
  return Object.fromEntries(found.map((name) => [name, { type: 'string' as const }]));
}

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}
