/** The inspector's place in the page. */
import type { PageInfo } from '../../trace/page-info.ts';

/** The inspector. */
export function InspectorRoute({ info }: { info: PageInfo; path: readonly string[] }) {
  return <h2>Inspector of {info.title}</h2>;
}
