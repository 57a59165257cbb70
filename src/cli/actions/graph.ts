/** `dirigent graph`: which task waits for which, and who is in which group, as text. Needs the configuration alone. */
import { dependencyGraph, dependencyMermaid } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadOwnConfig } from '../project.ts';

/** Options of `graph`. */
export interface GraphOptions {
  readonly format: 'mermaid' | 'json';
}

/** Prints the graph. */
export async function graph(cli: Cli, { format }: GraphOptions): Promise<number> {
  const made = dependencyGraph(await loadOwnConfig(cli));
  // A title may hold anything that is text.
  cli.out.write(cli.out.show(format === 'json' ? `${JSON.stringify(made, null, 2)}\n` : dependencyMermaid(made)));
  return 0;
}
