/** What values become on their way as JSON. Types alone. */

/** `T` as JSON holds it: times are ISO 8601. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;
