/** What time it is, to the second: what shows how long something lasts depends on this alone, and stands still while nobody looks. */
import { signal } from '@preact/signals';

/** Milliseconds since the epoch. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);

document.addEventListener('visibilitychange', () => (now.value = Date.now()));
