/** How output is shown, whichever task it is of: kept for this browser. */
import { effect, signal } from '@preact/signals';

const KEY = 'dirigent.output';

/** How output is shown. */
export interface OutputSettings {
  readonly isWrapped: boolean;
  readonly hasTimes: boolean;
}

/** How output is shown. */
export const settings = signal<OutputSettings>(read());

effect(() => localStorage.setItem(KEY, JSON.stringify(settings.value)));

function read(): OutputSettings {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<OutputSettings>;
  return { isWrapped: kept.isWrapped === true, hasTimes: kept.hasTimes !== false };
}
