/** What the log worker posts without being asked, beside the answers on the same port, so that their order holds. Types alone. */
import type { Handover } from './handover.ts';
import type { LogKind } from '../layout.ts';

/** A message that is no answer. `ready` is the first: the worker's code is loaded. */
export type Notice =
  | { readonly notice: 'ready' }
  | { readonly notice: 'grew'; readonly task: string; readonly kind: LogKind; readonly end: number }
  | { readonly notice: 'matched'; readonly run: string; readonly watch: string }
  | { readonly notice: 'watchFailed'; readonly run: string; readonly watch: string; readonly message: string }
  /** The last one: the worker ends, of a fault of ours. Without a handover it leaves nothing. */
  | { readonly notice: 'fault'; readonly error: unknown; readonly handover: Handover | null }
  | { readonly notice: 'warning'; readonly message: string }
  | { readonly notice: 'ended'; readonly run: string };
