/** `dirigent machine`: the statecharts that decide, as text. Needs no configuration. */
import { machineGraph, machineMermaid, type MachineName } from '../../index.ts';
import type { Cli } from '../host.ts';

/** Options of `machine`. */
export interface MachineOptions {
  readonly format: 'mermaid' | 'json';
}

/** Prints one chart. */
export function machine({ out }: Cli, name: MachineName, { format }: MachineOptions): number {
  out.write(format === 'json' ? `${JSON.stringify(machineGraph(name), null, 2)}\n` : machineMermaid(name));
  return 0;
}
