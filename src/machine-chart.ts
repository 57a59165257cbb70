/** The charts of our own machines, as data and as Mermaid. The machines themselves stay private. */
import { probeMachine } from '../machines/probe.machine.ts';
import { supervisorMachine } from '../machines/supervisor.machine.ts';
import { taskMachine } from '../machines/task.machine.ts';
import { toGraph, type MachineGraph } from './trace/graph.ts';
import { toMermaid } from './trace/mermaid.ts';

/** The machines there are. */
export const MACHINE_NAMES = ['task', 'probe', 'supervisor'] as const;
/** Name of a machine. */
export type MachineName = (typeof MACHINE_NAMES)[number];

const MACHINES = { task: taskMachine, probe: probeMachine, supervisor: supervisorMachine };

/** The chart of a machine as plain JSON. */
export const machineGraph = (name: MachineName): MachineGraph => toGraph(MACHINES[name]);

/** The chart of a machine as a Mermaid state diagram. */
export const machineMermaid = (name: MachineName): string => toMermaid(machineGraph(name));
