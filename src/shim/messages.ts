/** Newline-delimited JSON over a socket, for both ends. A line that is no JSON object or too long ends the connection; nothing is skipped. */
import type { Socket } from 'node:net';

/** Longest line taken: an environment of 3 MB, or 1 MiB of output in base64, with room to spare. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Calls `onMessage` with each message that arrives on `socket`, and `onFault` once when what arrives is no message.
 * Neither is called after a fault.
 */
export function readMessages<T extends { readonly type: string }>(
  socket: Socket,
  onMessage: (message: T) => void,
  onFault: (problem: string) => void,
): void {
  let rest = '';
  let faulty = false;
  const fault = (problem: string): void => {
    faulty = true;
    rest = '';
    onFault(problem);
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    if (faulty) return;
    // Only what is new is searched: a message of megabytes comes in many chunks.
    const lines = chunk.split('\n');
    lines[0] = rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage<T>(line);
      if (message === undefined) return fault(`not a message: ${line.slice(0, 80)}`);
      onMessage(message);
    }
    if (rest.length > MAX_LINE_BYTES) fault(`a message of more than ${MAX_LINE_BYTES} bytes`);
  });
}

function parseMessage<T extends { readonly type: string }>(line: string): T | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isMessage = typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
    return isMessage ? (value as T) : undefined;
  } catch {
    return undefined; // the caller names the line
  }
}

/** Sends one message. Nothing happens on a socket that is closed: its `close` event tells the rest. */
export function sendMessage<T extends { readonly type: string }>(socket: Socket, message: T): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}
