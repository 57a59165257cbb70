/** What went wrong with something that was asked for: shown at the bottom until it is closed, and said aloud. */
import { signal } from '@preact/signals';

interface Notice {
  readonly id: number;
  readonly text: string;
}

/** Notices that are not closed, oldest first. */
const notices = signal<readonly Notice[]>([]);
const MOST = 4;
let lastId = 0;

/** Shows a notice; the same one again takes the place of the first. */
export function notify(text: string): void {
  lastId += 1;
  notices.value = [...notices.value.filter((notice) => notice.text !== text), { id: lastId, text }].slice(-MOST);
}

/** Shows why something did not go. */
export const notifyOf = (what: string, error: unknown): void =>
  notify(`${what}: ${error instanceof Error ? error.message : String(error)}`);

/** All of them. */
export function Notices() {
  return (
    <div class="notices" role="alert">
      {notices.value.map(({ id, text }) => (
        <div key={id} class="notice">
          <span>{text}</span>
          <button
            type="button"
            class="quiet"
            aria-label="Close the notice"
            onClick={() => (notices.value = notices.value.filter((each) => each.id !== id))}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
