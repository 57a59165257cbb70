/** Asks what of the past is saved, and how. */
import { useSignal, type Signal } from '@preact/signals';
import { toVisible } from '../../trace/visible.ts';
import { announce } from '../shell/announce.ts';
import { Dialog } from '../shell/dialog.tsx';
import { fetchRecording, type Excerpt } from './live.ts';
import { offer, toFileName } from './recording-file.ts';

interface SaveDialogProps {
  readonly title: string;
  /** The chosen actor: what it is called, and in the address. */
  readonly actor: { readonly name: string; readonly key: string } | undefined;
  readonly onClose: () => void;
}

/** The dialog. */
export function SaveDialog({ title, actor, onClose }: SaveDialogProps) {
  const excerpt = useSignal<Excerpt>({ format: 'html' });
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    isBusy.value = true;
    try {
      const { format, actor: only } = excerpt.value;
      offer(await fetchRecording(excerpt.value), toFileName(only === undefined ? title : (actor?.name ?? title), format));
      announce('The recording was saved');
      onClose();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Dialog title="Save a recording" onClose={onClose}>
      <form class="insp-form" onSubmit={(event) => void save(event)}>
        <ExcerptFields excerpt={excerpt} actor={actor} />
        {problem.value !== '' && (
          <p class="field-error" role="alert">
            {toVisible(problem.value)}
          </p>
        )}
        <p class="hint">Values of secret-looking keys were left out when they were seen. Look through it before you give it away.</p>
        <footer class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy.value}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function ExcerptFields({ excerpt, actor }: { excerpt: Signal<Excerpt>; actor: SaveDialogProps['actor'] }) {
  const { format, actor: only, last = '' } = excerpt.value;
  const change = (changed: Partial<Excerpt>): void => {
    excerpt.value = { ...excerpt.value, ...changed };
  };
  return (
    <>
      <Choices
        legend="As"
        value={format}
        onChoose={(value) => change({ format: value === 'html' ? 'html' : 'ndjson' })}
        choices={[
          ['html', 'A page: one HTML file that shows it to everyone, without a server'],
          ['ndjson', 'Lines of JSON: to be opened here, and read by programs'],
        ]}
      />
      <Choices
        legend="Of"
        value={only === undefined ? 'all' : 'actor'}
        onChoose={(value) => change({ actor: value === 'actor' ? actor?.key : undefined })}
        choices={[['all', 'All actors'], ...(actor === undefined ? [] : [['actor', `${toVisible(actor.name)} and its children`] as const])]}
      />
      <label>
        Of the last{' '}
        <select value={last} onChange={({ currentTarget: { value } }) => change({ last: value === '' ? undefined : value })}>
          <option value="">as long as is kept</option>
          <option value="1m">minute</option>
          <option value="10m">10 minutes</option>
          <option value="1h">hour</option>
        </select>
      </label>
    </>
  );
}

interface ChoicesProps {
  readonly legend: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}

function Choices({ legend, value, choices, onChoose }: ChoicesProps) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {choices.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={legend} checked={key === value} onChange={() => onChoose(key)} /> {text}
        </label>
      ))}
    </fieldset>
  );
}
