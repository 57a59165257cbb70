/** Carries an error's `code` through comlink, which by itself sends name, message and stack alone. Nothing here handles errors. */
import { transferHandlers } from 'comlink';

interface WireError {
  readonly isError: boolean;
  readonly value: object;
}

/** Makes the errors this thread answers with keep their `code`. The other side needs nothing: comlink copies what it gets. */
export function keepErrorCodes(): void {
  const plain = transferHandlers.get('throw');
  if (plain === undefined) throw new Error('expected comlink to have a handler named "throw"');
  transferHandlers.set('throw', {
    ...plain,
    serialize: (thrown) => {
      const [serialized, transferables] = plain.serialize(thrown);
      const wire = serialized as WireError;
      const code = codeOf(thrown);
      return [wire.isError && code !== undefined ? { ...wire, value: { ...wire.value, code } } : wire, transferables];
    },
  });
}

function codeOf(thrown: unknown): string | undefined {
  const { value } = thrown as { readonly value: unknown };
  return value instanceof Error && 'code' in value && typeof value.code === 'string' ? value.code : undefined;
}
