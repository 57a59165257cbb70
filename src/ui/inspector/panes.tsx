/** Everything of one inspection: tree, chart, context, events, and the moment that they all show. The source of the lines is another's concern. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useShortcuts } from '../shell/shortcuts.ts';
import { ActorTree } from './actor-tree.tsx';
import { ChartPane } from './chart.tsx';
import { ContextPane } from './context-pane.tsx';
import { EventLog } from './event-log.tsx';
import type { Inspection } from './inspection.ts';
import type { Layouts } from './layouts.ts';
import { SendForm, type Send } from './send-form.tsx';
import { SequenceDiagram } from './sequence.tsx';
import { TimeBar } from './time-bar.tsx';

/** What is shown, and what can be done with it. */
export interface PanesProps {
  readonly inspection: Inspection;
  readonly layouts: Layouts;
  /** Whether lines still come. */
  readonly isLive: boolean;
  readonly onChoose: (key: string) => void;
  /** Sends events, where that is allowed. */
  readonly send?: Send | undefined;
  /** What stands beside the moment: opening, saving. */
  readonly children?: ComponentChildren;
}

/** The panes. */
export function Panes({ inspection, layouts, isLive, onChoose, send, children }: PanesProps) {
  useShortcuts({
    title: 'Inspector',
    shortcuts: [
      { keys: ['ArrowLeft'], does: 'One event back', run: () => inspection.step(-1) },
      { keys: ['ArrowRight'], does: 'One event on', run: () => inspection.step(1) },
      { keys: ['Escape'], does: 'To the end', run: () => inspection.goToEnd() },
    ],
  });
  const actor = inspection.chosen.value;
  const machine = actor?.m === undefined ? undefined : inspection.machines.get(actor.m);
  const isPast = inspection.moment.value !== undefined;
  return (
    <div class={isPast ? 'insp insp-past' : 'insp'}>
      <div class="insp-head">
        <TimeBar inspection={inspection} isLive={isLive} />
        <div class="insp-tools">{children}</div>
      </div>
      <ActorTree inspection={inspection} onChoose={onChoose} />
      <ChartPane inspection={inspection} layouts={layouts} />
      <div class="insp-side">
        <ContextPane inspection={inspection} />
        {send !== undefined && actor !== undefined && machine !== undefined && !isPast && (
          <SendForm key={actor.s} actor={actor} graph={machine.g} send={send} />
        )}
      </div>
      <EventsPane inspection={inspection} />
    </div>
  );
}

function EventsPane({ inspection }: { inspection: Inspection }) {
  const shown = useSignal<'list' | 'sequence'>('list');
  const { filter } = inspection;
  return (
    <section class="insp-events insp-pane" aria-label="Events">
      <header class="insp-bar">
        <h2>Events</h2>
        <div class="insp-switch" role="group" aria-label="Show events as">
          <button type="button" aria-pressed={shown.value === 'list'} onClick={() => (shown.value = 'list')}>
            List
          </button>
          <button type="button" aria-pressed={shown.value === 'sequence'} onClick={() => (shown.value = 'sequence')}>
            Sequence
          </button>
        </div>
        <input
          type="search"
          class="insp-filter"
          placeholder="Type"
          aria-label="Filter events by type"
          value={filter.value.type}
          onInput={({ currentTarget }) => (filter.value = { ...filter.value, type: currentTarget.value })}
        />
        <Check
          label="this actor only"
          checked={filter.value.chosenOnly}
          onChange={(chosenOnly) => (filter.value = { ...filter.value, chosenOnly })}
        />
        <Check label="ignored" checked={filter.value.ignored} onChange={(ignored) => (filter.value = { ...filter.value, ignored })} />
      </header>
      {shown.value === 'list' ? <EventLog inspection={inspection} /> : <SequenceDiagram inspection={inspection} />}
    </section>
  );
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label class="insp-check">
      <input type="checkbox" checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} /> {label}
    </label>
  );
}
