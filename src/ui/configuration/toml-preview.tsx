/** The definition as `dirigent.toml` would have it, to copy. */
import { announce } from '../shell/announce.ts';
import { notifyOf } from '../shell/notices.tsx';
import type { Draft } from './draft.ts';

/** The text. */
export function TomlPreview({ draft }: { draft: Draft }) {
  const toml = draft.toToml();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toml);
      announce('Copied');
    } catch (error) {
      notifyOf('It cannot be copied: select it instead', error);
    }
  };
  return (
    <section class="toml" aria-label="As dirigent.toml has it">
      <header>
        <h3>dirigent.toml</h3>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
      </header>
      <pre tabIndex={0}>{toml}</pre>
    </section>
  );
}
