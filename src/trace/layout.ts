/** Where the parts of a machine's drawing are: what a layout engine decided, in pixels from the left upper corner. Types alone. */

/** A state. */
export interface Box {
  /** Id of the state; that of a state's entrance is the state's followed by `#initial`. */
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An arrow. */
export interface Arrow {
  /** Id of the transition, `>` and the id of its target; of an entrance, the id of its box followed by `>`. */
  readonly id: string;
  /** Corners from start to end. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Where its label goes; none for entrances. */
  readonly label?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** A drawing. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Outer states before those inside them. */
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}
