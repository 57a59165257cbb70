/**
 * Writes `docs/reference/machines.md` from the machines themselves; with `--check` it writes nothing and fails when the page is stale.
 * Run it from the package's folder, after a build. No text about a single state is here: that is each state's description.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { probeMachine } from '../machines/probe.machine.ts';
import { supervisorMachine } from '../machines/supervisor.machine.ts';
import { taskMachine } from '../machines/task.machine.ts';
import { toGraph, type GraphNode, type GraphTransition, type MachineGraph } from '../src/trace/graph.ts';
import { toMermaid } from '../src/trace/mermaid.ts';

/** The page, relative to the package's folder. */
export const MACHINES_PAGE = 'docs/reference/machines.md';

/** The page's text, as the machines are now. */
export function toMachinesPage(): string {
  return [
    '# State machines',
    '',
    '<!-- Generated from `machines/` by `node dist/docs/generate-machines.js`. Edit the machines. -->',
    '',
    'Every task is an actor of its own, each probe of a run is one, and one supervisor holds them all. In the charts a label reads `event [guard]`; of several',
    'transitions with one event the first whose guard holds is taken. Reactions that change no state are in the tables alone.',
    '',
    ...[taskMachine, probeMachine, supervisorMachine].map((machine) => toSection(toGraph(machine))),
  ].join('\n');
}

function toSection(graph: MachineGraph): string {
  return [
    `## ${graph.id}`,
    '',
    graph.root.description ?? '',
    '',
    '```mermaid',
    `${toMermaid(graph)}\`\`\``,
    '',
    '### States',
    '',
    ...toTable(
      ['state', 'tags', 'on entry', 'on exit', 'meaning'],
      graph.root.children.flatMap((node) => toStateRows(node, graph)),
    ),
    '',
    '### Events',
    '',
    ...toTable(['event', 'in', 'if', 'goes to', 'does'], toEventRows(graph)),
    '',
  ].join('\n');
}

function toStateRows(node: GraphNode, graph: MachineGraph): string[][] {
  const entry = [...node.entry, ...node.invokes.map(({ src }) => `invoke ${src}`)];
  const row = [code(pathOf(node.id, graph)), codes(node.tags), codes(entry), codes(node.exit), node.description ?? ''];
  return [row, ...node.children.flatMap((child) => toStateRows(child, graph))];
}

/** Rows by event, in the order in which the machine mentions them first. */
function toEventRows(graph: MachineGraph): string[][] {
  const byLabel = new Map<string, GraphTransition[]>();
  for (const transition of graph.transitions) {
    byLabel.set(transition.label, [...(byLabel.get(transition.label) ?? []), transition]);
  }
  return [...byLabel.values()]
    .flat()
    .map((transition) => [
      code(transition.label),
      transition.source === graph.root.id ? 'any state' : code(pathOf(transition.source, graph)),
      transition.guard === null ? '' : code(transition.guard),
      codes(transition.targets.map((target) => pathOf(target, graph))),
      [codes(transition.actions), transition.description ?? ''].filter((part) => part !== '').join(': '),
    ]);
}

const pathOf = (id: string, graph: MachineGraph): string => id.slice(graph.root.id.length + 1);

const code = (text: string): string => `\`${text}\``;

const codes = (texts: readonly string[]): string => texts.map(code).join(' ');

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const toRow = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [toRow(head), `|${head.map(() => '---|').join('')}`, ...rows.map(toRow)];
}

function main(isCheck: boolean): void {
  const page = toMachinesPage();
  if (!isCheck) {
    writeFileSync(MACHINES_PAGE, page);
  } else if (readFileSync(MACHINES_PAGE, 'utf8') !== page) {
    console.error(`${MACHINES_PAGE} is stale: run node dist/docs/generate-machines.js`);
    process.exitCode = 1;
  }
}

const script = process.argv[1];
if (script !== undefined && import.meta.url === pathToFileURL(script).href) main(process.argv.includes('--check'));
