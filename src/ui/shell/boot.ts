/** How the page begins: the ticket of the address becomes a token, then the server says what there is to show. Draws nothing. */
import { effect, signal } from '@preact/signals';
import type { PageInfo } from '../../trace/page-info.ts';
import { ask, Refusal } from '../server/ask.ts';
import { isPassing, Patience } from '../server/patience.ts';
import { isTokenNeeded, keepToken, takeTicket } from '../server/session.ts';

/** How far the page is. */
export type Stage =
  | { readonly at: 'starting' }
  | { readonly at: 'token'; readonly hint: string }
  | { readonly at: 'unreachable'; readonly message: string }
  | { readonly at: 'ready'; readonly info: PageInfo };

/** How far the page is. */
export const stage = signal<Stage>({ at: 'starting' });

/** Begins, and tries again while nobody answers. */
export async function boot(): Promise<void> {
  const ticket = takeTicket();
  const hint = ticket === null ? '' : await exchange(ticket);
  const patience = new Patience();
  for (;;) {
    try {
      stage.value = { at: 'ready', info: await ask<PageInfo>('GET', 'page') };
      return;
    } catch (error) {
      if (isTokenNeeded.value) {
        stage.value = { at: 'token', hint };
        return;
      }
      stage.value = { at: 'unreachable', message: error instanceof Error ? error.message : String(error) };
      if (!isPassing(error)) return;
      await patience.wait(new AbortController().signal);
    }
  }
}

/** @returns what went wrong, for the one who is asked for the token then */
async function exchange(ticket: string): Promise<string> {
  try {
    const { token } = await ask<{ readonly token: string }>('POST', 'session', { body: { ticket } });
    keepToken(token);
    return '';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return 'The link was used already, or is older than a minute. Run "dirigent open" again, or enter the token.';
  }
}

/** Begins anew with a token that someone entered. */
export async function enter(token: string): Promise<void> {
  keepToken(token);
  await boot();
  if (stage.value.at === 'token') stage.value = { at: 'token', hint: 'The server does not take this token.' };
}

// The server takes the token no more, as after a change of daemons.
effect(() => {
  if (isTokenNeeded.value && stage.peek().at === 'ready')
    stage.value = { at: 'token', hint: 'The server does not take the token any more.' };
});
