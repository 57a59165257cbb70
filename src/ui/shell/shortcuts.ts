/** Keys that do something: each view brings its own while it is shown. None acts while someone types, or a dialog is open. */
import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

/** A key. */
export interface Shortcut {
  /** As `KeyboardEvent.key` names it; several do the same. */
  readonly keys: readonly string[];
  readonly does: string;
  /** Not told when it returns false: the browser goes on with the key. */
  readonly run: (event: KeyboardEvent) => unknown;
}

/** Keys of a view. */
export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** The groups that hold now, the last one first. */
export const shortcutGroups = signal<readonly ShortcutGroup[]>([]);

/** Brings keys while the component is shown. `make` gives the same keys each time; what they do may change. */
export function useShortcuts(group: ShortcutGroup): void {
  // At once: the next key may come before the frame is painted.
  useLayoutEffect(() => {
    shortcutGroups.value = [group, ...shortcutGroups.peek()];
    return () => {
      shortcutGroups.value = shortcutGroups.peek().filter((each) => each !== group);
    };
  });
}

addEventListener('keydown', (event) => {
  if (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    isTyping(event.target) ||
    document.querySelector('dialog[open]')
  )
    return;
  for (const { shortcuts } of shortcutGroups.value) {
    const shortcut = shortcuts.find(({ keys }) => keys.includes(event.key));
    if (shortcut === undefined || shortcut.run(event) === false) continue;
    event.preventDefault();
    return;
  }
});

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const { tagName, isContentEditable } = target;
  const isText = tagName === 'INPUT' && !['checkbox', 'radio', 'button'].includes((target as HTMLInputElement).type);
  return isText || tagName === 'TEXTAREA' || tagName === 'SELECT' || isContentEditable;
}
