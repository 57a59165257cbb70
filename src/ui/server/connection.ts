/** Whether the page hears from the server, told by whoever reads its main stream. Connects nothing. */
import { signal } from '@preact/signals';

/** How the connection is. */
export type Connection = { readonly state: 'connecting' | 'connected' } | { readonly state: 'lost'; readonly sinceMs: number };

/** How the connection is. */
export const connection = signal<Connection>({ state: 'connecting' });

/** The stream is open. */
export function noteConnected(): void {
  connection.value = { state: 'connected' };
}

/** The stream broke; when it breaks again before it was open, it is lost since the first time. */
export function noteLost(): void {
  if (connection.value.state !== 'lost') connection.value = { state: 'lost', sinceMs: Date.now() };
}
