/** An encoder that hears of a whole system from its first breath. */
import { createActor, SimulatedClock, type ActorOptions, type AnyActorLogic, type Actor } from 'xstate';
import { Encoder, type NewFrame } from '../../src/inspector/encoder.ts';
import { MachineNames } from '../../src/inspector/machine-names.ts';
import { Plainer, type Redact } from '../../src/inspector/plain.ts';
import type { TransitionFrame } from '../../src/trace/frame.ts';

/** A system that is looked at. */
export interface Seen<Logic extends AnyActorLogic> {
  readonly actor: Actor<Logic>;
  readonly encoder: Encoder;
  /** What was told since it was asked for last. */
  take(): NewFrame[];
  /** Events that were processed since it was asked for last, of one actor by its id, or of all. */
  takeProcessed(id?: string): TransitionFrame[];
}

/** Makes an actor, not started yet, and tells its encoder the time by `now`. */
export function see<Logic extends AnyActorLogic>(
  logic: Logic,
  options: Omit<ActorOptions<Logic>, 'inspect'> = {},
  { redact, now = () => 1000 }: { readonly redact?: Redact; readonly now?: () => number } = {},
): Seen<Logic> {
  const frames: NewFrame[] = [];
  const ids = new Map<string, string>();
  const encoder = new Encoder({
    plainer: new Plainer(redact),
    names: new MachineNames(),
    emit: (frame) => {
      frames.push(frame);
      if (frame.k === 'actor') ids.set(frame.a.s, frame.a.id);
    },
  });
  const actor = createActor(logic, { clock: new SimulatedClock(), ...options, inspect: (event) => encoder.next(event, now()) });
  const take = (): NewFrame[] => frames.splice(0);
  const takeProcessed = (id?: string): TransitionFrame[] =>
    take().flatMap((frame) => (frame.k === 'tx' && (id === undefined || ids.get(frame.s) === id) ? frame : []));
  return { actor, encoder, take, takeProcessed };
}
