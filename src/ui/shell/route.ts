/** Which view the address names: what stands behind its `#`, in parts. The address is the only place where that is kept. */
import { signal } from '@preact/signals';

/** The parts of the address: `#/tasks/web/runs` has three. */
export const route = signal<readonly string[]>(read());

/** The address of a view, for a link. */
export const hrefTo = (...parts: readonly string[]): string => `#/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

/** Goes to a view. */
export function goTo(...parts: readonly string[]): void {
  location.hash = hrefTo(...parts);
}

addEventListener('hashchange', () => (route.value = read()));

function read(): readonly string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decoded);
}

/** An address may be written by hand. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
