/** The words of a diagnosis: what was looked at, how it is, and what to do. Looks at nothing itself. */

/** How a thing is: as it should be; it works, and someone should know; it does not work. */
export type Health = 'ok' | 'warn' | 'fail';

/** What one check found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly health: Health;
  /** How it is. */
  readonly message: string;
  /** What to do; null where all is well. */
  readonly advice: string | null;
}

/** All is well. */
export const ok = (check: string, message: string): Finding => ({ check, health: 'ok', message, advice: null });

/** It works, and someone should know. */
export const warn = (check: string, message: string, advice: string): Finding => ({ check, health: 'warn', message, advice });

/** It does not work. */
export const fail = (check: string, message: string, advice: string): Finding => ({ check, health: 'fail', message, advice });
