/** Writes a definition, or changes one. What is wrong with it says the server, with the words it has for a file, and stands beside the field. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, inPath, Refusal } from '../server/ask.ts';
import type { Task } from '../server/json.ts';
import { announce } from '../shell/announce.ts';
import { goTo, hrefTo } from '../shell/route.ts';
import { Draft } from './draft.ts';
import { Field } from './field.tsx';
import { PARTS, type Keys } from './schema.ts';
import { TomlPreview } from './toml-preview.tsx';

/** The form. */
export function TaskForm({ keys, task }: { keys: Keys; task: Task | undefined }) {
  const draft = useMemo(() => new Draft(keys, task), [keys, task?.definition.name]);
  const form = useRef<HTMLFormElement>(null);
  const [isSending, setSending] = useState(false);
  const blamed = draft.problems.value;
  useEffect(() => {
    // Those of a part that was closed are shown once it opened, which this render did.
    if (!isSending && blamed.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.focus();
  }, [isSending]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setSending(true);
    await save(draft);
    setSending(false);
  };
  return (
    <form class="task-form" ref={form} noValidate onSubmit={(event) => void submit(event)}>
      <h2>{task === undefined ? 'New task' : `Change ${task.definition.name}`}</h2>
      {blamed.get('') !== undefined && (
        <p class="field-error" role="alert" tabIndex={-1}>
          {blamed.get('')}
        </p>
      )}
      {PARTS.map(({ title, keys: names }, index) => (
        <details
          key={title}
          open={index === 0 || names.some((name) => blamed.has(name)) || (task !== undefined && names.some((name) => draft.isSet(name)))}
        >
          <summary>{title}</summary>
          <div class="fields">
            {names.map((name) => {
              const schema = keys[name];
              return schema === undefined ? null : <Field key={name} draft={draft} name={name} schema={schema} />;
            })}
          </div>
        </details>
      ))}
      <TomlPreview draft={draft} />
      <div class="dialog-actions form-actions">
        <a class="button" href={hrefTo('configuration')}>
          Cancel
        </a>
        <button type="submit" class="primary" disabled={isSending}>
          {task === undefined ? 'Create' : 'Save'}
        </button>
      </div>
    </form>
  );
}

async function save(draft: Draft): Promise<void> {
  const body = draft.toBody();
  if (body === undefined) return;
  const { task } = draft;
  try {
    const saved =
      task === undefined
        ? await ask<Task>('POST', 'tasks', { body })
        : await ask<Task>('PATCH', `tasks/${inPath(task.definition.name)}`, { body });
    announce(saved.pendingChange ? 'Saved. It holds from the next start on.' : 'Saved.');
    goTo('configuration');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    draft.blame(error.problems, error.message);
  }
}
