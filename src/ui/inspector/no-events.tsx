/** What stands where there are no events to show. */
import type { Inspection } from './inspection.ts';

/** Says why there are none. */
export function NoEvents({ inspection }: { inspection: Inspection }) {
  const isEmpty = (inspection.timeline.value?.lines.frames.length ?? 0) === 0;
  return <p class="insp-empty hint">{isEmpty ? 'Nothing has happened since somebody looks on.' : 'The filter lets no event pass.'}</p>;
}
