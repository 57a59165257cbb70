/** The charts of our own machines, as data, as Mermaid and as pictures. The machines themselves stay private. */
import { probeMachine } from '../machines/probe.machine.ts';
import { supervisorMachine } from '../machines/supervisor.machine.ts';
import { taskMachine } from '../machines/task.machine.ts';
import { layOut } from './inspector/chart/layout.ts';
import { toDrawing } from './trace/drawing.ts';
import { toGraph, type MachineGraph } from './trace/graph.ts';
import { toMermaid } from './trace/mermaid.ts';
import { toSvg } from './trace/svg.ts';

/** The machines there are. */
export const MACHINE_NAMES = ['task', 'probe', 'supervisor'] as const;
/** Name of a machine. */
export type MachineName = (typeof MACHINE_NAMES)[number];

const MACHINES = { task: taskMachine, probe: probeMachine, supervisor: supervisorMachine };

/** The chart of a machine as plain JSON. */
export const machineGraph = (name: MachineName): MachineGraph => toGraph(MACHINES[name]);

/** The chart of a machine as a Mermaid state diagram. */
export const machineMermaid = (name: MachineName): string => toMermaid(machineGraph(name));

/** The chart of a machine as an SVG file, for light and dark. It is laid out in a thread of its own, which takes a second or two for the one of a task. */
export async function machineSvg(name: MachineName): Promise<string> {
  const graph = machineGraph(name);
  return toSvg(toDrawing(graph, await layOut(graph)));
}
