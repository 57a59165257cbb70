/** `dirigent machine`: the statecharts that decide, as text or a picture. Needs no configuration. */
import { machineGraph, machineMermaid, machineSvg, type MachineName } from '../../index.ts';
import type { Cli } from '../host.ts';

/** Options of `machine`. */
export interface MachineOptions {
  readonly format: MachineFormat;
}

const FORMATS = {
  mermaid: machineMermaid,
  svg: machineSvg,
  json: (name: MachineName): string => `${JSON.stringify(machineGraph(name), null, 2)}\n`,
};

/** How a chart is printed. */
export type MachineFormat = keyof typeof FORMATS;

/** Prints one chart. */
export async function machine({ out }: Cli, name: MachineName, { format }: MachineOptions): Promise<number> {
  out.write(await FORMATS[format](name));
  return 0;
}
