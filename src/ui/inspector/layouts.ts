/** Where the parts of machines are drawn: told with the machine, or asked for once, when it is first looked at. Lays out nothing itself. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { MachineFrame } from '../../trace/frame.ts';
import type { MachineGraph } from '../../trace/graph.ts';
import type { Layout } from '../../trace/layout.ts';

/** How far a layout is. */
export type LayoutState =
  | { readonly kind: 'asked' }
  | { readonly kind: 'known'; readonly layout: Layout }
  | { readonly kind: 'missing'; readonly why: string };

/** Asks for the layout of a machine. */
export type LayOut = (graph: MachineGraph) => Promise<Layout>;

/** Layouts of machines. */
export class Layouts {
  readonly #layOut: LayOut | undefined;
  readonly #known = new WeakMap<MachineGraph, ReadonlySignal<LayoutState>>();

  constructor(layOut?: LayOut) {
    this.#layOut = layOut;
  }

  /** The layout of a machine. */
  of({ g, l }: Pick<MachineFrame, 'g' | 'l'>): ReadonlySignal<LayoutState> {
    const known = this.#known.get(g);
    if (known !== undefined) return known;
    const state = signal<LayoutState>(l === undefined ? { kind: 'asked' } : { kind: 'known', layout: l });
    this.#known.set(g, state);
    if (l === undefined) void this.#ask(g).then((answer) => (state.value = answer));
    return state;
  }

  async #ask(graph: MachineGraph): Promise<LayoutState> {
    if (this.#layOut === undefined) return { kind: 'missing', why: 'The recording holds no drawing of this machine.' };
    try {
      return { kind: 'known', layout: await this.#layOut(graph) };
    } catch (error) {
      return { kind: 'missing', why: error instanceof Error ? error.message : String(error) };
    }
  }
}
