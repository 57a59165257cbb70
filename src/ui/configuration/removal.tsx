/** Asks whether a task is to go, and its logs with it. */
import { useState } from 'preact/hooks';
import { ask, inPath } from '../server/ask.ts';
import { announce } from '../shell/announce.ts';
import { Dialog } from '../shell/dialog.tsx';

/** The dialog. */
export function Removal({ name, onClose }: { name: string; onClose: () => void }) {
  const [isPurged, setPurged] = useState(false);
  const [problem, setProblem] = useState('');
  const remove = async (): Promise<void> => {
    try {
      await ask('DELETE', `tasks/${inPath(name)}`, { query: { purge: isPurged } });
      announce(`${name} was removed`);
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title={`Delete ${name}?`} onClose={onClose}>
      <p>It is stopped first, if it runs. This cannot be undone.</p>
      <p>
        <label>
          <input type="checkbox" checked={isPurged} onChange={({ currentTarget }) => setPurged(currentTarget.checked)} /> Delete its logs,
          too
        </label>
      </p>
      {problem !== '' && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="danger" onClick={() => void remove()}>
          Delete
        </button>
      </div>
    </Dialog>
  );
}
