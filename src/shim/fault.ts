/** The words for what went wrong inside the shim. */

/** The message of anything that was thrown, with its stack where there is one. */
export const messageOfError = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
