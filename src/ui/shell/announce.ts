/** Says what happens to those who do not see it: one polite live region for the whole page. */
import { signal } from '@preact/signals';

/** What was said last. */
export const announcement = signal('');

/** Says it. The same text again is said again: a mark that is not read makes it another one. */
export function announce(text: string): void {
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
