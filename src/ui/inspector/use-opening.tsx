/** Recordings that someone opens: with a button, or by dropping a file. Sends them nowhere. */
import { useSignal, type Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { toVisible } from '../../trace/visible.ts';
import { announce } from '../shell/announce.ts';
import { Inspection } from './inspection.ts';
import { Layouts, type LayOut } from './layouts.ts';
import { readRecording } from './recording-file.ts';

/** A recording that is looked at. */
export interface Opened {
  readonly inspection: Inspection;
  readonly layouts: Layouts;
}

/** Opening. */
export interface Opening {
  readonly opened: Signal<Opened | undefined>;
  readonly problem: Signal<string>;
  open(file: File): Promise<void>;
}

/** Opens recordings; what is not drawn in them is asked for, where that can be done. */
export function useOpening(layOut?: LayOut): Opening {
  const opened = useSignal<Opened | undefined>(undefined);
  const problem = useSignal('');
  return {
    opened,
    problem,
    async open(file) {
      try {
        const lines = await readRecording(file);
        const inspection = new Inspection(file.name);
        inspection.push(lines);
        opened.value = { inspection, layouts: new Layouts(layOut) };
        problem.value = '';
        announce(`${file.name} was opened`);
      } catch (error) {
        problem.value = `${file.name} was not opened. ${error instanceof Error ? error.message : String(error)}`;
      }
    },
  };
}

/** The button, and what went wrong. */
export function OpenButton({ opening }: { opening: Opening }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        Open …
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="Recording"
        accept=".ndjson,.json,.html"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          currentTarget.value = '';
          if (file !== undefined) void opening.open(file);
        }}
      />
    </>
  );
}

/** What went wrong. */
export function OpenProblem({ opening }: { opening: Opening }) {
  if (opening.problem.value === '') return null;
  return (
    <p class="insp-problem" role="alert">
      {toVisible(opening.problem.value)}{' '}
      <button type="button" class="quiet" aria-label="Dismiss" onClick={() => (opening.problem.value = '')}>
        ✕
      </button>
    </p>
  );
}

/** What an element needs that files can be dropped on. */
export function dropOn(opening: Opening) {
  return {
    onDragOver: (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
    },
    onDrop: (event: DragEvent): void => {
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      void opening.open(file);
    },
  };
}
