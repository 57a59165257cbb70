/** A field of the form: its control, what it is for, and what is wrong with it. */
import { useId } from 'preact/hooks';
import type { Draft } from './draft.ts';
import type { KeySchema } from './schema.ts';
import { toKey } from './toml.ts';
import { kindOf, type FieldKind } from './values.ts';

const HINTS: Readonly<Record<string, string>> = {
  args: 'One a line.',
  env: 'One a line: NAME=value, or NAME={ file = "path" }. A name alone stays as it is; a line that is gone is taken away.',
  dependsOn: 'One a line: db, or db until succeeded.',
  ready: 'As in the file, a key a line: tcp = "127.0.0.1:5432".',
  alive: 'As in the file, a key a line: http = "http://127.0.0.1:8080/health".',
  log: 'As in the file, a key a line: max_size = "40MiB".',
  stopCommand: 'The program and its arguments, one a line.',
  successExitCodes: 'One a line.',
  watch: 'One a line.',
  envFile: 'One a line.',
  envInherit: 'true, false, or names, one a line.',
};

interface Props {
  readonly draft: Draft;
  readonly name: string;
  readonly schema: KeySchema;
}

/** The field. */
export function Field({ draft, name, schema }: Props) {
  const id = useId();
  const kind = kindOf(name, schema);
  const problem = draft.problems.value.get(name);
  const isFixed = name === 'name' && draft.task !== undefined;
  return (
    <div class={`field field-${kind}`}>
      <label for={id}>
        {toKey(name)}
        {(name === 'name' || name === 'command') && <span class="hint"> required</span>}
      </label>
      <Control id={id} kind={kind} draft={draft} name={name} schema={schema} isFixed={isFixed} problem={problem} />
      {problem !== undefined && (
        <p class="field-error" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <p class="hint" id={`${id}-hint`}>
        {schema.description} {HINTS[name]}
      </p>
    </div>
  );
}

interface ControlProps extends Props {
  readonly id: string;
  readonly kind: FieldKind;
  readonly isFixed: boolean;
  readonly problem: string | undefined;
}

function Control({ id, kind, draft, name, schema, isFixed, problem }: ControlProps) {
  const text = draft.texts.value[name] ?? '';
  const common = {
    id,
    'aria-describedby': `${problem === undefined ? '' : `${id}-problem `}${id}-hint`,
    'aria-invalid': problem !== undefined,
  };
  const put = ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }): void => draft.put(name, value);
  switch (kind) {
    case 'flag':
      return (
        <input
          {...common}
          type="checkbox"
          checked={text === 'true'}
          onChange={(event) => draft.put(name, String(event.currentTarget.checked))}
        />
      );
    case 'choice':
      return (
        <select {...common} value={text} onChange={put}>
          {schema.enum?.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      );
    case 'lines':
    case 'table':
      return (
        <textarea {...common} rows={Math.max(2, Math.min(8, text.split('\n').length))} spellcheck={false} value={text} onInput={put} />
      );
    case 'text':
      return (
        <input
          {...common}
          class="mono"
          type="text"
          spellcheck={false}
          autocomplete="off"
          readOnly={isFixed}
          placeholder={draft.defaultOf(name)}
          value={text}
          onInput={put}
        />
      );
  }
}
