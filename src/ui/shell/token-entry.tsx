/** Asks for the token where the server wants one and the address brought no ticket. */
import { useState } from 'preact/hooks';
import { enter } from './boot.ts';

/** The form. */
export function TokenEntry({ hint }: { hint: string }) {
  const [value, setValue] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    void enter(value.trim());
  };
  return (
    <main class="entry">
      <h1>dirigent</h1>
      <form onSubmit={submit}>
        <label for="token">Token of the daemon</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          autofocus
          aria-describedby="token-help"
          aria-invalid={hint !== ''}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        {hint !== '' && (
          <p class="field-error" role="alert">
            {hint}
          </p>
        )}
        <button type="submit" class="primary">
          Open
        </button>
        <p id="token-help" class="hint">
          It is in the file <code>run/token</code> of the data directory. On the machine itself, <code>dirigent open</code> needs none. It
          is kept for this tab alone.
        </p>
      </form>
    </main>
  );
}
