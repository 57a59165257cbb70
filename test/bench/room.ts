/** Whether this system lets a benchmark have as many processes and descriptors as it needs; nothing is measured where it does not. */
import { readFileSync, readdirSync } from 'node:fs';

/** What the shim holds open for a running task: two pipes, three logs, their folder. */
const DESCRIPTORS_A_TASK = 6;
const DESCRIPTORS_BESIDE = 200;
/** The benchmark's own processes, and room for what else this user runs meanwhile. */
const PROCESSES_BESIDE = 50;

/** @throws Error that names each limit which is too low, and how to raise it */
export function assertRoomFor(tasks: number): void {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // The hard limit: Node.js raises the soft one of its own accord.
  const hard = (name: string): number => {
    const value = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1] ?? 'unlimited';
    return value === 'unlimited' ? Infinity : Number(value);
  };
  const present = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  const needs = [
    { what: 'open files', need: tasks * DESCRIPTORS_A_TASK + DESCRIPTORS_BESIDE, has: hard('Max open files'), fix: 'ulimit -Hn' },
    { what: 'processes', need: present + tasks + PROCESSES_BESIDE, has: hard('Max processes'), fix: 'ulimit -Hu' },
    { what: 'process ids', need: present + tasks + PROCESSES_BESIDE, has: maxPid(), fix: 'sysctl kernel.pid_max=' },
  ];
  const missing = needs
    .filter(({ need, has }) => has < need)
    .map(({ what, need, has, fix }) => `${need} ${what}, the limit is ${has} (${fix} ${need})`);
  if (missing.length > 0) throw new Error(`${tasks} tasks need ${missing.join('; and ')}`);
}

const maxPid = (): number => Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
