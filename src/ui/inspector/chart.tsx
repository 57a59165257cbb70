/** The statechart of the chosen actor at the moment: which states are active, what was taken last. What it shows is also said in words. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { toDrawing } from '../../trace/drawing.ts';
import type { ActorState } from '../../trace/fold.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import type { Layout } from '../../trace/layout.ts';
import { activeStates, innermostStates, toStateText } from '../../trace/state-value.ts';
import { toVisible } from '../../trace/visible.ts';
import { toLastStep, toName, toPath } from '../../trace/words.ts';
import { ChartParts } from './chart-parts.tsx';
import { ChartRoom } from './chart-room.tsx';
import type { Inspection } from './inspection.ts';
import type { Layouts } from './layouts.ts';
import { StateOutline } from './state-outline.tsx';

/** The pane of the chart. */
export function ChartPane({ inspection, layouts }: { inspection: Inspection; layouts: Layouts }) {
  const actor = inspection.chosen.value;
  const machine = actor?.m === undefined ? undefined : inspection.machines.get(actor.m);
  const key = inspection.chosenKey.value;
  if (actor === undefined) {
    const isEmpty = inspection.actors.value.size === 0;
    const text = isEmpty ? 'No actor was seen yet.' : `${toVisible(key ?? '')} is not there at this moment.`;
    return (
      <Framed title="Statechart">
        <p class="insp-empty hint">{text}</p>
      </Framed>
    );
  }
  const name = toVisible(toName(actor.s, inspection.everybody.value));
  if (machine === undefined) {
    return (
      <Framed title={name}>
        <p class="insp-empty hint">This actor is no state machine: it has no states to draw. What it got and sent is below.</p>
      </Framed>
    );
  }
  const step = toVisible(toLastStep(actor, machine.g, inspection.everybody.value));
  const state = layouts.of(machine).value;
  return (
    <Framed title={name} state={toVisible(toStateText(actor.v))} status={actor.st} step={step}>
      {state.kind === 'known' ? (
        <Chart key={machine.g.id} name={name} actor={actor} graph={machine.g} layout={state.layout} step={step} />
      ) : (
        <StateOutline graph={machine.g} actor={actor} note={state.kind === 'asked' ? 'The chart is being laid out …' : state.why} />
      )}
    </Framed>
  );
}

interface FramedProps {
  readonly title: string;
  readonly state?: string;
  readonly status?: ActorState['st'];
  readonly step?: string;
  readonly children: ComponentChildren;
}

function Framed({ title, state = '', status = 'active', step = '', children }: FramedProps) {
  return (
    <section class="insp-chart insp-pane" aria-label="Statechart">
      <header class="insp-bar">
        <h2>{title}</h2>
        {state !== '' && (
          <span class="insp-value" data-testid="state">
            {state}
          </span>
        )}
        {status !== 'active' && <span class={`insp-badge insp-${status}`}>{status}</span>}
        {step !== '' && (
          <span class="insp-step hint" title={step}>
            {step}
          </span>
        )}
      </header>
      {children}
    </section>
  );
}

interface ChartProps {
  readonly name: string;
  readonly actor: ActorState;
  readonly graph: MachineGraph;
  readonly layout: Layout;
  readonly step: string;
}

function Chart({ name, actor, graph, layout, step }: ChartProps) {
  const drawing = useMemo(() => toDrawing(graph, layout), [graph, layout]);
  const active = useMemo(() => activeStates(graph.root, actor.v), [graph, actor.v]);
  const innermost = useMemo(() => new Set(innermostStates(graph.root, active)), [active]);
  const taken = useMemo(() => new Set(actor.last?.tr), [actor.last]);
  const hasEnded = actor.st !== 'active';
  const parts = useMemo(
    () => <ChartParts drawing={drawing} active={active} innermost={innermost} taken={taken} hasEnded={hasEnded} />,
    [drawing, active, innermost, taken, hasEnded],
  );
  // Of a machine with regions, the first one: the others are where they are.
  const focus = drawing.states.find(({ id }) => innermost.has(id));
  const states = [...innermost].map((id) => toVisible(toPath(id, graph))).join(' and ');
  return (
    <ChartRoom name={name} words={`${name} is in ${states}. ${step}`} size={drawing} focus={focus}>
      {parts}
    </ChartRoom>
  );
}
