/** The inspector in the page: what the server tells of actors as it happens, or a recording that was opened instead. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { PageInfo } from '../../trace/page-info.ts';
import { toVisible } from '../../trace/visible.ts';
import { toName } from '../../trace/words.ts';
import { goTo } from '../shell/route.ts';
import { noteConnected, noteLost } from '../server/connection.ts';
import { isTokenNeeded } from '../server/session.ts';
import { Inspection, keyOf } from './inspection.ts';
import { Layouts } from './layouts.ts';
import { follow, layOut, load, send } from './live.ts';
import { Panes } from './panes.tsx';
import { offer, toFile, toFileName } from './recording-file.ts';
import { SaveDialog } from './save-dialog.tsx';
import { dropOn, OpenButton, OpenProblem, useOpening, type Opened } from './use-opening.tsx';

/** The inspector. `path` is what stands in the address behind it: the chosen actor. */
export function InspectorView({ info, path }: { info: PageInfo; path: readonly string[] }) {
  const { source, problem } = useServer(info);
  const opening = useOpening(layOut);
  const opened = opening.opened.value;
  const { inspection, layouts } = opened ?? source;
  const [key] = path;
  useEffect(() => {
    inspection.chosenKey.value = key;
  }, [inspection, key]);
  return (
    <div class="insp-view" {...dropOn(opening)}>
      <h2 class="unseen">Inspector</h2>
      <OpenProblem opening={opening} />
      {problem !== '' && opened === undefined && (
        <p class="insp-problem" role="alert">
          {toVisible(problem)}
        </p>
      )}
      <Panes
        inspection={inspection}
        layouts={layouts}
        isLive={info.live && opened === undefined}
        onChoose={(actor) => goTo('inspector', actor)}
        send={info.maySend && info.live && opened === undefined ? send : undefined}
      >
        {opened !== undefined && (
          <button type="button" onClick={() => (opening.opened.value = undefined)}>
            <span class="insp-file">{toVisible(opened.inspection.title.value)}</span> ✕<span class="unseen">Close the recording</span>
          </button>
        )}
        <OpenButton opening={opening} />
        <SaveButton source={source} opened={opened} />
      </Panes>
    </div>
  );
}

/** What came from a server is saved by it; what came from a file, as it is held here. */
function SaveButton({ source, opened }: { source: Opened; opened: Opened | undefined }) {
  const isAsking = useSignal(false);
  const { inspection, layouts } = opened ?? source;
  const actor = inspection.chosen.value;
  const title = inspection.title.value;
  const chosen = actor === undefined ? undefined : { name: toName(actor.s, inspection.everybody.value), key: keyOf(actor) };
  const save = (): void => {
    if (opened === undefined) isAsking.value = true;
    else offer(toFile(inspection.toLines(), layouts), toFileName(title.replace(/\.(?:ndjson|json|html)$/, ''), 'ndjson'));
  };
  return (
    <>
      <button type="button" onClick={save}>
        Save …
      </button>
      {isAsking.value && <SaveDialog title={title} actor={chosen} onClose={() => (isAsking.value = false)} />}
    </>
  );
}

/** What the server tells, while the view is shown. */
function useServer({ title, tasks, live }: PageInfo): { readonly source: Opened; readonly problem: string } {
  const problem = useSignal('');
  const source = useMemo(() => ({ inspection: new Inspection(title), layouts: new Layouts(layOut) }), [title]);
  useEffect(() => {
    const end = new AbortController();
    // Where there are tasks, they tell how the connection is.
    const listening = { signal: end.signal, ...(tasks ? {} : { onOpen: noteConnected, onLost: noteLost }) };
    const reading = live ? follow(source.inspection, listening) : load(source.inspection, end.signal).then(noteConnected);
    reading.catch((error: unknown) => {
      if (end.signal.aborted) return;
      // The page asks for the token then.
      if (!isTokenNeeded.value) problem.value = error instanceof Error ? error.message : String(error);
    });
    return () => end.abort();
  }, [source]);
  return { source, problem: problem.value };
}
