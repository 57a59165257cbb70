/** The public face of the inspector, for anyone's actors of XState 5. No logic here. */
export { createInspector, type Inspector, type InspectorOptions } from './create.ts';
export { forwardTo, type Forwarder, type ForwardOptions } from './threads.ts';
export { StatelyTranslator, type StatelyEvent } from './stately.ts';
export type { Redact } from './plain.ts';
export type { ServedSite, SiteOptions } from './site-server.ts';
export type { Fetch } from './site.ts';
export type * from '../trace/frame.ts';
