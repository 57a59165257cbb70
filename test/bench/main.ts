/** Runs benchmarks: `npm run bench -- NAME…`, all without a name. Each prints what it measured and ends in one line of JSON. */
import { readdirSync } from 'node:fs';

/** What every benchmark module exports. */
export interface Benchmark {
  /** Measures and prints; resolves with the figures for the line of JSON. */
  run(): Promise<Readonly<Record<string, unknown>>>;
}

const SUFFIX = '.bench.ts';
const names = readdirSync('test/bench')
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; expected one of: ${names.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : names) {
  const benchmark = (await import(new URL(`./${name}.bench.js`, import.meta.url).href)) as Benchmark;
  console.log(`# ${name}`);
  const figures = await benchmark.run();
  console.log(JSON.stringify({ bench: name, node: process.version, ...figures }));
}
