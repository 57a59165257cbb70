/** Whether the page hears from the server: a word beside the title, and a bar above everything while it does not. */
import { useEffect } from 'preact/hooks';
import { connection } from '../server/connection.ts';
import { now } from './clock.ts';
import { announce } from './announce.ts';
import { roughDuration } from '../../util/quantity-text.ts';

/** The word. */
export function ConnectionState() {
  const { state } = connection.value;
  return (
    <span class={`connection connection-${state}`}>
      <span aria-hidden="true">●</span> {state === 'lost' ? 'not connected' : state}
    </span>
  );
}

/** The bar. */
export function ConnectionBar() {
  const current = connection.value;
  const isLost = current.state === 'lost';
  useEffect(() => {
    if (isLost) announce('The connection to the server is lost. What is shown may be out of date.');
    return () => {
      if (isLost) announce('The connection is back, and nothing was missed.');
    };
  }, [isLost]);
  if (current.state !== 'lost') return null;
  return (
    <div class="connection-bar">
      No connection for {roughDuration(Math.max(0, now.value - current.sinceMs))}. What is shown may be out of date; the page goes on by
      itself once the server answers.
    </div>
  );
}
