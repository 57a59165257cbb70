/** Values of an ecosystem file, which may be of every type, as what is wanted of them. Pure. */
import type { Table } from './imported.ts';

/** Whether it has keys. */
export const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number or a text, as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list, or of one text. */
export const listOf = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).flatMap((item) => textOf(item) ?? []);
