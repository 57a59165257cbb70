/** The statechart of the chosen actor at the moment: which states are active, what was taken last. What it shows is also said in words. */
import { useMemo } from 'preact/hooks';
import { toDrawing, type Drawing } from '../../trace/drawing.ts';
import type { ActorState } from '../../trace/fold.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import type { Layout } from '../../trace/layout.ts';
import { activeStates, innermostStates, toStateText } from '../../trace/state-value.ts';
import { toVisible } from '../../trace/visible.ts';
import { toLastStep, toName, toPath } from '../../trace/words.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { ChartParts } from './chart-parts.tsx';
import type { Inspection } from './inspection.ts';
import type { Layouts } from './layouts.ts';
import { StateOutline } from './state-outline.tsx';
import { usePanZoom, type Area } from './pan-zoom.ts';

/** The pane of the chart. */
export function ChartPane({ inspection, layouts }: { inspection: Inspection; layouts: Layouts }) {
  const actor = inspection.chosen.value;
  const machine = actor?.m === undefined ? undefined : inspection.machines.get(actor.m);
  const key = inspection.chosenKey.value;
  if (actor === undefined) {
    const isEmpty = inspection.actors.value.size === 0;
    const text = isEmpty ? 'No actor was seen yet.' : `${toVisible(key ?? '')} is not there at this moment.`;
    return <Framed title="Statechart">{<p class="insp-empty hint">{text}</p>}</Framed>;
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
  readonly children: preact.ComponentChildren;
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
  const panZoom = usePanZoom(drawing, toFocus(drawing, innermost));
  useShortcuts({
    title: 'Statechart',
    shortcuts: [
      { keys: ['f'], does: 'Show all of the chart', run: () => panZoom.show('all') },
      { keys: ['a'], does: 'Show the active state', run: () => panZoom.show('active') },
    ],
  });
  const { x, y, scale } = panZoom.view.value;
  const [mode, fits] = [panZoom.mode.value, panZoom.fits.value];
  const parts = useMemo(
    () => <ChartParts drawing={drawing} active={active} innermost={innermost} taken={taken} hasEnded={actor.st !== 'active'} />,
    [drawing, active, innermost, taken, actor.st],
  );
  const words = [...innermost].map((id) => toPath(id, graph)).join(' and ');
  return (
    <>
      <div
        ref={panZoom.room}
        class="insp-room"
        role="group"
        tabIndex={0}
        aria-label={`Statechart of ${name}. Arrow keys move it, + and - enlarge and reduce it, f shows all of it, a the active state.`}
        onWheel={panZoom.onWheel}
        onPointerDown={panZoom.onPointerDown}
        onPointerMove={panZoom.onPointerMove}
        onPointerUp={panZoom.onPointerUp}
        onPointerCancel={panZoom.onPointerUp}
        onDblClick={() => panZoom.show('active')}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && panZoom.onKey(event.key)) event.preventDefault();
        }}
      >
        <svg class="insp-svg" role="img" aria-label={`${name} is in ${words}. ${step}`}>
          <g transform={`translate(${x} ${y}) scale(${scale})`}>{parts}</g>
        </svg>
      </div>
      <div class="insp-zoom" role="group" aria-label="Zoom">
        <button type="button" class="quiet" aria-label="Enlarge" onClick={() => panZoom.zoom(1.25)}>
          +
        </button>
        <button type="button" class="quiet" aria-label="Reduce" onClick={() => panZoom.zoom(0.8)}>
          −
        </button>
        <button
          type="button"
          class="quiet"
          aria-pressed={mode === 'all' || (fits && mode === 'active')}
          onClick={() => panZoom.show('all')}
        >
          All
        </button>
        {!fits && (
          <button type="button" class="quiet" aria-pressed={mode === 'active'} onClick={() => panZoom.show('active')}>
            Active
          </button>
        )}
      </div>
    </>
  );
}

/** The first of the innermost states: of a machine with regions, the others are where they are. */
function toFocus({ states }: Drawing, innermost: ReadonlySet<string>): Area | undefined {
  return states.find(({ id }) => innermost.has(id));
}
