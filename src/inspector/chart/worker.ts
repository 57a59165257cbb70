/** The thread that lays out one machine: it gets a graph, answers with a layout or the reason why there is none, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import Elk from 'elkjs/lib/elk.bundled.js';
import { messageOf } from '../../errors.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import { toBundles, toElkGraph } from './elk-graph.ts';
import { fromElk } from './from-elk.ts';
import type { LayoutAnswer } from './layout.ts';

const port = parentPort;
const tell = (answer: LayoutAnswer): void => port?.postMessage(answer);

async function layOut(graph: MachineGraph): Promise<LayoutAnswer> {
  try {
    const bundles = toBundles(graph);
    return { kind: 'layout', layout: fromElk(await new Elk.default().layout(toElkGraph(graph, bundles)), bundles) };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}

tell(await layOut(workerData as MachineGraph));
