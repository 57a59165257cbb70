/** Whether the page is as narrow as a phone, where a row has two lines. */
import { signal } from '@preact/signals';

const query = matchMedia('(max-width: 48rem)');

/** Whether it is. */
export const narrow = signal(query.matches);

query.addEventListener('change', () => (narrow.value = query.matches));
