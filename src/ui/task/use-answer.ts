/** An answer of the server in a component. Keeps nothing once the component is gone. */
import { useEffect, useState } from 'preact/hooks';

/** An answer, once there is one, and why there is none. */
export interface Answered<Answer> {
  readonly answer?: Answer;
  readonly error?: string;
}

/** What the server answers, asked again when `of` changes; an older answer never takes the place of a newer one. */
export function useAnswer<Answer>(get: (signal: AbortSignal) => Promise<Answer>, of: string): Answered<Answer> {
  const [state, setState] = useState<Answered<Answer>>({});
  useEffect(() => {
    const end = new AbortController();
    get(end.signal).then(
      (answer) => !end.signal.aborted && setState({ answer }),
      (error: unknown) =>
        !end.signal.aborted && setState((before) => ({ ...before, error: error instanceof Error ? error.message : String(error) })),
    );
    return () => end.abort();
  }, [of]);
  return state;
}
