/**
 * What machines did, as plain values: the frames that the inspector streams, that recordings are made of (one JSON object a line), and that
 * the page draws. One frame tells one event that an actor processed, whole. Types alone. Version 1; a reader passes by fields and kinds it does
 * not know.
 */
import type { MachineGraph } from './graph.ts';
import type { Layout } from './layout.ts';

/** How an actor is: as XState says it. */
export type ActorStatus = 'active' | 'done' | 'error' | 'stopped';

/** Value of a state machine: the key of a state, or those of its regions and what is inside them. */
export type StateValue = string | { readonly [key: string]: StateValue };

/** An error as it travels. */
export interface FrameError {
  readonly name: string;
  readonly message: string;
}

/** An event as it travels: JSON, shortened, without secrets. */
export interface FrameEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** An actor. Short names: thousands of them travel at once. */
export interface ActorInfo {
  /** Session id, unique in a recording; those of other threads begin with the thread's id and a colon. */
  readonly s: string;
  readonly id: string;
  /** Id in the actor system, where it has one. */
  readonly sys?: string;
  /** Session id of the parent. */
  readonly p?: string;
  /** Name of its logic, where it has one. */
  readonly src?: string;
  /** Id of its machine among the machines told; none for actors that are no state machines. */
  readonly m?: string;
  readonly st: ActorStatus;
  readonly v?: StateValue;
  /** Context of a machine. */
  readonly c?: Readonly<Record<string, unknown>>;
  readonly out?: unknown;
  readonly err?: FrameError;
}

/** Why an event changed nothing. */
export type Ignored =
  /** No state that is active reacts to it; `in` are the ids of those that would. */
  | { readonly why: 'unhandled'; readonly in: readonly string[] }
  /** Transitions were there, and these guards were false. */
  | { readonly why: 'guard'; readonly guards: readonly string[] };

/** A machine, told once before the first frame of an actor that runs it. */
export interface MachineFrame {
  readonly k: 'machine';
  readonly g: MachineGraph;
  /** Where its states and arrows are drawn, where that is known already. */
  readonly l?: Layout;
}

/** An actor that came. */
export interface ActorFrame {
  readonly k: 'actor';
  readonly a: ActorInfo;
}

/** An event that was processed. */
export interface TransitionFrame {
  readonly k: 'tx';
  readonly s: string;
  /** Session id of the sender; none when it came from outside the system. */
  readonly from?: string;
  readonly e: FrameEvent;
  /** Ids of the transitions taken, in order; none for an event that was ignored, and for actors that are no machines. */
  readonly tr: readonly string[];
  /** Why nothing was taken. */
  readonly ig?: Ignored;
  /** Types of the events raised on the way. */
  readonly via?: readonly string[];
  /** Types of the actions run, in order. */
  readonly act?: readonly string[];
  /** The status, when it changed. */
  readonly st?: ActorStatus;
  /** The state value, when it changed. */
  readonly v?: StateValue;
  /** The keys of the context that changed, with their values. */
  readonly c?: Readonly<Record<string, unknown>>;
  /** The keys of the context that are gone. */
  readonly cx?: readonly string[];
  readonly out?: unknown;
  readonly err?: FrameError;
  /** Milliseconds between the sending and the processing, when more than 1. */
  readonly q?: number;
}

/** An event that was sent to an actor that had ended. */
export interface DeadFrame {
  readonly k: 'dead';
  readonly s: string;
  readonly from?: string;
  readonly e: FrameEvent;
}

/** Frames by number `n`, which grows by one in a recording, at `t` milliseconds since the epoch. */
export type Frame = { readonly n: number; readonly t: number } & (MachineFrame | ActorFrame | TransitionFrame | DeadFrame);

/** Where frames come from. */
export interface FrameSource {
  readonly name: string;
  readonly pid: number;
  /** Version of Node.js. */
  readonly node: string;
}

/** Everything as it was after frame `n`: where a recording begins, and what a reader gets that is new or fell behind. */
export interface Hello {
  readonly k: 'hello';
  /** Version of the format. */
  readonly v: 1;
  readonly n: number;
  readonly t: number;
  /** Names this life of the source; numbers of another one mean nothing. */
  readonly boot: string;
  readonly source: FrameSource;
  readonly machines: readonly Pick<MachineFrame, 'g' | 'l'>[];
  readonly actors: readonly ActorInfo[];
}

/** A line of a recording, and an element of what a stream sends. */
export type Line = Hello | Frame;
