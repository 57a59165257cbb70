/** The page of one recording. Knows no server. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { toVisible } from '../../trace/visible.ts';
import { Inspection } from '../inspector/inspection.ts';
import { Layouts } from '../inspector/layouts.ts';
import { Panes } from '../inspector/panes.tsx';
import { offer, ownRecording, toFile, toFileName } from '../inspector/recording-file.ts';
import { dropOn, OpenButton, OpenProblem, useOpening, type Opened } from '../inspector/use-opening.tsx';
import { announcement } from '../shell/announce.ts';
import { goTo, route } from '../shell/route.ts';
import { ShortcutHelp } from '../shell/shortcut-help.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';

/** The page. */
export function RecordingPage() {
  const { own, problem } = useMemo(readOwn, []);
  const opening = useOpening();
  const isHelpOpen = useSignal(false);
  const { inspection, layouts } = opening.opened.value ?? own;
  const [, key] = route.value;
  useEffect(() => {
    inspection.chosenKey.value = key;
  }, [inspection, key]);
  useShortcuts({ title: 'Everywhere', shortcuts: [{ keys: ['?'], does: 'Show the keys', run: () => (isHelpOpen.value = true) }] });
  const title = toVisible(inspection.title.value);
  document.title = `${title} · recording`;
  return (
    <>
      <header class="head">
        <h1>
          {title} <span class="version">{whenOf(inspection)}</span>
        </h1>
        <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" onClick={() => (isHelpOpen.value = true)}>
          ?
        </button>
      </header>
      <main id="main" class="insp-view" {...dropOn(opening)}>
        <OpenProblem opening={opening} />
        {problem !== '' && (
          <p class="insp-problem" role="alert">
            {toVisible(problem)}
          </p>
        )}
        <Panes inspection={inspection} layouts={layouts} isLive={false} onChoose={(actor) => goTo('inspector', actor)}>
          <OpenButton opening={opening} />
          <button type="button" onClick={() => offer(toFile(inspection.toLines(), layouts), toFileName(inspection.title.value, 'ndjson'))}>
            Save …
          </button>
        </Panes>
      </main>
      <div class="unseen" role="status" aria-live="polite">
        {announcement}
      </div>
      {isHelpOpen.value && <ShortcutHelp onClose={() => (isHelpOpen.value = false)} />}
    </>
  );
}

/** The recording that this page holds. */
function readOwn(): { readonly own: Opened; readonly problem: string } {
  const own = { inspection: new Inspection('Recording'), layouts: new Layouts() };
  try {
    const lines = ownRecording();
    own.inspection.title.value = lines[0].source.name;
    own.inspection.push(lines);
    return { own, problem: '' };
  } catch (error) {
    return { own, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** From when to when. */
function whenOf(inspection: Inspection): string {
  const lines = inspection.timeline.value?.lines;
  if (lines === undefined) return '';
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  return format.formatRange(lines.hello.t, lines.frames.at(-1)?.t ?? lines.hello.t);
}
