/**
 * What it costs to look at state machines: runs of the task machine, from start to end, over a process that answers by script. With nobody there
 * (`bare`), with an inspector attached that nobody looks at (`unwatched`), with one who looks on, for whom everything is written as for the page
 * (`watched`), and with a history that is kept while nobody does (`kept`). Events per second of CPU time of this process, in turns; each
 * round counts relative to the bare one beside it. And what the first line of 1,000 tasks takes, for which one who
 * comes new waits, by the clock. No garbage is collected on command there: that also throws away compiled
 * code, which no server does between two readers.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createActor, fromCallback, SimulatedClock, type Actor } from 'xstate';
import type { TaskEvent } from '../../machines/task.events.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { taskMachine } from '../../machines/task.machine.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import { Inspection } from '../../src/inspector/inspection.ts';
import type { Watch } from '../../src/inspector/watch.ts';
import { TaskDefinitionSchema } from '../../src/model/definition.ts';
import { deepFreeze } from '../../src/util/deep-freeze.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 25;
const RUNS = 500;
const TASKS = 1_000;
const HELLOS = 31;
const BARS = { unwatched: 0.97, watched: 0.4, helloMs: 20 };

type Way = 'bare' | 'unwatched' | 'watched' | 'kept';

const machine = taskMachine.provide({ actors: { process: fromCallback<ProcessCommand, ProcessInput>(() => undefined) } });
const definition = TaskDefinitionSchema.parse({ name: 'web', command: 'serve', env: { PORT: '80' } });

/** Of one run. */
const LIFE: readonly TaskEvent[] = [
  { type: 'task.start', runId: 'run-1' },
  { type: 'process.spawned', pid: 42, startTime: '777', at: 1_000 },
  { type: 'process.exited', exitCode: 3, signal: null, survivors: false, at: 2_000 },
  { type: 'output.drained', at: 3_000 },
];

/** A task, and who looks at it. */
interface Looked {
  readonly actor: Actor<typeof machine>;
  readonly watch: Watch | undefined;
}

setFlagsFromString('--expose-gc');
/** What one way leaves behind is not to be the burden of the next. */
const collectGarbage = runInNewContext('gc') as () => void;

/** Measures each way against the bare one beside it. */
export async function run(): Promise<Record<string, unknown>> {
  const { bare, unwatched } = compare(['bare', 'unwatched']);
  const { watched } = compare(['bare', 'watched']);
  const { kept } = compare(['bare', 'kept']);
  const hellos = helloTimes();
  const helloMs = round(median(hellos.slice(1)));
  console.log(
    `bare: ${bare} events/s; unwatched ${unwatched} (bar ${BARS.unwatched}), watched ${watched} (bar ${BARS.watched}), kept ${kept}; ` +
      `hello of ${TASKS} tasks: ${helloMs} ms (bar ${BARS.helloMs}), the first one ${round(hellos[0] ?? Number.NaN)} ms`,
  );
  const met = unwatched >= BARS.unwatched && watched >= BARS.watched && helloMs <= BARS.helloMs;
  return { rounds: ROUNDS, eventsPerSecond: bare, unwatched, watched, kept, helloMs, met };
}

/** The median rate of the bare way, and the median ratios of the others to it. */
function compare(ways: readonly Way[]): Record<Way, number> {
  const looked = ways.map((way) => [way, look(way)] as const);
  const rates: Record<Way, number[]> = { bare: [], unwatched: [], watched: [], kept: [] };
  for (let index = 0; index <= ROUNDS; index += 1) {
    // Another one comes first each time; what runs for the first time is not compiled yet.
    const turns = index % 2 === 0 ? looked : looked.toReversed();
    for (const [way, who] of turns) {
      const rate = rateOf(who);
      if (index > 0) rates[way].push(rate);
    }
  }
  const ratio = (way: Way): number => round(median(rates[way].map((rate, index) => rate / (rates.bare[index] ?? Number.NaN))), 3);
  return { bare: Math.round(median(rates.bare)), unwatched: ratio('unwatched'), watched: ratio('watched'), kept: ratio('kept') };
}

const startTask = (): Actor<typeof machine> =>
  createActor(machine, { clock: new SimulatedClock(), input: { name: 'web', definition } }).start();

const inspect = (keeps: boolean): Inspection =>
  new Inspection('bench', {
    historyBytes: 16 << 20,
    keeps,
    onFault: (fault) => {
      throw fault;
    },
  });

function look(way: Way): Looked {
  const actor = startTask();
  if (way === 'bare') return { actor, watch: undefined };
  const inspection = inspect(way === 'kept');
  inspection.attach(actor);
  const watch = way === 'watched' ? inspection.watch() : undefined;
  return { actor, watch };
}

/** Events per second of CPU time. */
function rateOf({ actor, watch }: Looked): number {
  collectGarbage();
  const before = process.cpuUsage();
  for (let count = 0; count < RUNS; count += 1) for (const event of LIFE) actor.send(event);
  if (watch !== undefined) writeAll(watch);
  const { user, system } = process.cpuUsage(before);
  return (RUNS * LIFE.length) / ((user + system) / 1e6);
}

function writeAll(watch: Watch): void {
  for (let { lines } = watch.take(); lines.length > 0; { lines } = watch.take()) JSON.stringify(lines);
}

/** Milliseconds that the first line of many tasks takes, from the moment that somebody asks until it is there to be sent, again and again. */
function helloTimes(): number[] {
  const supervisor = createActor(supervisorMachine.provide({ actors: { task: machine } }), {
    clock: new SimulatedClock(),
    input: { shutdownTimeoutMs: 10_000, groups: [] },
  }).start();
  const tasks = Array.from({ length: TASKS }, (_, index) => ({
    name: `web-${index}`,
    definition: deepFreeze({ ...definition, name: `web-${index}` }), // as a runner has them
  }));
  supervisor.send({ type: 'task.add', tasks });
  return Array.from({ length: HELLOS }, () => {
    const inspection = inspect(false);
    inspection.attach(supervisor);
    const before = performance.now();
    const { length } = JSON.stringify(inspection.watch().take().lines);
    const ms = performance.now() - before;
    if (length < TASKS * 100) throw new Error(`a hello of ${length} characters tells too little`);
    inspection.close();
    return ms;
  });
}
