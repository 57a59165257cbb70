/** The inspector's place in the page: it is loaded when it is first looked at. */
import { useEffect, useState } from 'preact/hooks';
import type { PageInfo } from '../../trace/page-info.ts';
import type { InspectorView } from '../inspector/inspector-view.tsx';

/** The inspector. */
export function InspectorRoute(place: { info: PageInfo; path: readonly string[] }) {
  const [view, setView] = useState<{ readonly View: typeof InspectorView } | undefined>(undefined);
  useEffect(() => {
    void import('../inspector/inspector-view.tsx').then((loaded) => setView({ View: loaded.InspectorView }));
  }, []);
  return view === undefined ? <p class="entry">Loading…</p> : <view.View {...place} />;
}
