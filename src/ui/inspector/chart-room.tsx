/** A drawing that is looked at: moved and enlarged by hand, and by itself to where something goes on. Knows no actor. */
import type { ComponentChildren } from 'preact';
import { useShortcuts } from '../shell/shortcuts.ts';
import { usePanZoom, type Area, type PanZoom } from './pan-zoom.ts';

interface ChartRoomProps {
  readonly name: string;
  /** What the picture shows, in words. */
  readonly words: string;
  readonly size: { readonly width: number; readonly height: number };
  /** Where something goes on. */
  readonly focus: Area | undefined;
  readonly children: ComponentChildren;
}

/** The room of a drawing, which is its children. */
export function ChartRoom({ name, words, size, focus, children }: ChartRoomProps) {
  const panZoom = usePanZoom(size, focus);
  useShortcuts({
    title: 'Statechart',
    shortcuts: [
      { keys: ['f'], does: 'Show all of the chart', run: () => panZoom.show('all') },
      { keys: ['a'], does: 'Show the active state', run: () => panZoom.show('active') },
    ],
  });
  const { x, y, scale } = panZoom.view.value;
  return (
    <>
      <div
        ref={panZoom.room}
        class="insp-room"
        role="group"
        tabIndex={0}
        aria-label={`Statechart of ${name}. Arrow keys move it, + and - enlarge and reduce it, f shows all of it, a the active state.`}
        onWheel={panZoom.onWheel}
        onPointerDown={panZoom.onPointerDown}
        onPointerMove={panZoom.onPointerMove}
        onPointerUp={panZoom.onPointerUp}
        onPointerCancel={panZoom.onPointerUp}
        onDblClick={() => panZoom.show('active')}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && panZoom.onKey(event.key)) event.preventDefault();
        }}
      >
        <svg class="insp-svg" role="img" aria-label={words}>
          <g transform={`translate(${x} ${y}) scale(${scale})`}>{children}</g>
        </svg>
      </div>
      <ZoomButtons panZoom={panZoom} />
    </>
  );
}

function ZoomButtons({ panZoom: { mode, fits, zoom, show } }: { panZoom: PanZoom }) {
  const isWhole = mode.value === 'all' || (fits.value && mode.value === 'active');
  return (
    <div class="insp-zoom" role="group" aria-label="Zoom">
      <button type="button" class="quiet" aria-label="Enlarge" onClick={() => zoom(1.25)}>
        +
      </button>
      <button type="button" class="quiet" aria-label="Reduce" onClick={() => zoom(0.8)}>
        −
      </button>
      <button type="button" class="quiet" aria-pressed={isWhole} onClick={() => show('all')}>
        All
      </button>
      {!fits.value && (
        <button type="button" class="quiet" aria-pressed={mode.value === 'active'} onClick={() => show('active')}>
          Active
        </button>
      )}
    </div>
  );
}
