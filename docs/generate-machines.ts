/**
 * Writes `docs/reference/machines.md`, and the pictures it shows, from the machines themselves; with `--check` it writes nothing and fails when one is
 * stale. Run it from the package's folder, after a build. No text about a single state is here: that is each state's description.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { machineGraph, machineSvg, type MachineName } from '../src/machine-chart.ts';
import type { GraphNode, GraphTransition, MachineGraph } from '../src/trace/graph.ts';

/** The page, relative to the package's folder. */
export const MACHINES_PAGE = 'docs/reference/machines.md';

const NAMES: readonly MachineName[] = ['task', 'probe', 'supervisor'];

/** What is generated, as the machines are now: texts by path, relative to the package's folder. */
export async function toMachineFiles(): Promise<ReadonlyMap<string, string>> {
  const pictures = NAMES.map(async (name): Promise<[string, string]> => [`docs/machines/${name}.svg`, await machineSvg(name)]);
  return new Map([[MACHINES_PAGE, toMachinesPage()], ...(await Promise.all(pictures))]);
}

function toMachinesPage(): string {
  return [
    '# State machines',
    '',
    '<!-- Generated from `machines/` by `node dist/docs/generate-machines.js`. Edit the machines. -->',
    '',
    'Every task is an actor of its own, each probe of a run is one, and one supervisor holds them all. A picture is larger than it looks here: open it. A',
    'label at an arrow, and a line in a state, reads `event [guard] / actions`; of several transitions with one event the first whose guard holds is taken.',
    '',
    ...NAMES.map((name) => toSection(name, machineGraph(name))),
  ].join('\n');
}

function toSection(name: MachineName, graph: MachineGraph): string {
  return [
    `## ${graph.id}`,
    '',
    graph.root.description ?? '',
    '',
    `[![State machine ${graph.id}](../machines/${name}.svg)](../machines/${name}.svg)`,
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

async function main(isCheck: boolean): Promise<void> {
  for (const [path, text] of await toMachineFiles()) {
    if (!isCheck) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } else if (readFileSync(path, 'utf8') !== text) {
      console.error(`${path} is stale: run node dist/docs/generate-machines.js`);
      process.exitCode = 1;
    }
  }
}

const script = process.argv[1];
if (script !== undefined && import.meta.url === pathToFileURL(script).href) await main(process.argv.includes('--check'));
