/**
 * Who the page is to the server: a token, kept for this tab alone (`sessionStorage`, never a cookie, which every port of the host would be
 * sent). A one-time ticket in the address is removed from there before anything else happens.
 */
import { signal } from '@preact/signals';

const KEY = 'dirigent.token';

/** The token; null where there is none, which a server in the same process may not ask for. */
export const token = signal<string | null>(sessionStorage.getItem(KEY));

/** Whether the server asked for a token that it takes. */
export const isTokenNeeded = signal(false);

/** Keeps a token for this tab. */
export function keepToken(value: string): void {
  sessionStorage.setItem(KEY, value);
  token.value = value;
  isTokenNeeded.value = false;
}

/** The server does not take the token that there is. */
export function dropToken(): void {
  sessionStorage.removeItem(KEY);
  token.value = null;
  isTokenNeeded.value = true;
}

/** Takes the ticket out of the address; null where there is none. */
export function takeTicket(): string | null {
  const [, ticket] = /^#ticket=([^&]+)/.exec(location.hash) ?? [];
  if (ticket === undefined) return null;
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  dispatchEvent(new HashChangeEvent('hashchange')); // which the browser keeps to itself then
  return decodeURIComponent(ticket);
}
