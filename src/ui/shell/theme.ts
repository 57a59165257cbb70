/** Light, dark, or as the system has it: kept for this browser. */
import { effect, signal } from '@preact/signals';

const KEY = 'dirigent.theme';
const THEMES = ['auto', 'light', 'dark'] as const;

/** A theme. */
export type Theme = (typeof THEMES)[number];

const kept = localStorage.getItem(KEY);

/** The theme that was chosen. */
export const theme = signal<Theme>(THEMES.find((each) => each === kept) ?? 'auto');

/** Goes on to the next one. */
export function changeTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
  localStorage.setItem(KEY, theme.value);
}

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});
