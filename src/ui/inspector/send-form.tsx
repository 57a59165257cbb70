/** Sends the chosen actor an event. What its active states react to is offered; the server has the last word. */
import { useSignal, type Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { ActorState } from '../../trace/fold.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import { activeStates } from '../../trace/state-value.ts';
import { toVisible } from '../../trace/visible.ts';
import { announce } from '../shell/announce.ts';

/** Sends an event. Rejects with a message for people. */
export type Send = (actor: string, event: { readonly type: string }) => Promise<void>;

/** The form. */
export function SendForm({ actor, graph, send }: { actor: ActorState; graph: MachineGraph; send: Send }) {
  const type = useSignal('');
  const payload = useSignal('');
  const problem = useSignal('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await send(actor.s, toEvent(type.value.trim(), payload.value));
      problem.value = '';
      announce(`${type.value} was sent`);
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <form class="insp-send insp-pane" aria-label="Send an event" onSubmit={(event) => void submit(event)}>
      <TypeField type={type} choices={toChoices(graph, actor)} />
      <PayloadField payload={payload} problem={problem.value} />
      <button type="submit" disabled={actor.st !== 'active'}>
        Send
      </button>
    </form>
  );
}

function TypeField({ type, choices }: { type: Signal<string>; choices: readonly string[] }) {
  const id = useId();
  return (
    <>
      <label for={id}>Event</label>
      <input
        id={id}
        list={`${id}-types`}
        required
        autocomplete="off"
        spellcheck={false}
        placeholder={choices[0] ?? 'type'}
        value={type}
        onInput={({ currentTarget }) => (type.value = currentTarget.value)}
      />
      <datalist id={`${id}-types`}>
        {choices.map((choice) => (
          <option key={choice} value={choice} />
        ))}
      </datalist>
    </>
  );
}

function PayloadField({ payload, problem }: { payload: Signal<string>; problem: string }) {
  const id = useId();
  return (
    <>
      <label for={id}>With (JSON)</label>
      <textarea
        id={id}
        rows={2}
        spellcheck={false}
        placeholder={'{ "reason": "test" }'}
        aria-invalid={problem !== ''}
        aria-describedby={problem === '' ? undefined : `${id}-problem`}
        value={payload}
        onInput={({ currentTarget }) => (payload.value = currentTarget.value)}
      />
      {problem !== '' && (
        <p id={`${id}-problem`} class="field-error" role="alert">
          {toVisible(problem)}
        </p>
      )}
    </>
  );
}

/** The events that an active state reacts to by their names. */
function toChoices({ root, transitions }: MachineGraph, { v }: ActorState): readonly string[] {
  const active = activeStates(root, v);
  const events = transitions.filter(({ kind, source, event }) => kind === 'event' && active.has(source) && !event.includes('*'));
  return [...new Set(events.map(({ event }) => event))].sort();
}

function toEvent(type: string, payload: string): { readonly type: string } {
  if (payload.trim() === '') return { type };
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    throw new Error(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('Expected a JSON object, such as { "reason": "test" }.');
  return { ...value, type };
}
