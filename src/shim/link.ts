/**
 * The shim's end of the connection: one control plane at a time, the shim speaks first, and a connection that ends
 * without `leave` means that the control plane died.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { readMessages, sendMessage } from './messages.ts';
import { PROTOCOL_VERSION, type FromShim, type ToShim } from './protocol.ts';

/** What the link tells. */
export interface LinkEvents {
  message(message: Exclude<ToShim, { type: 'hello' | 'adopt' | 'leave' }>): void;
  /** A control plane said who it is. */
  greeted(pid: number): void;
  /** The control plane asks for what is held. */
  adopt(): void;
  /** The control plane asks for the planned end. */
  leave(): void;
  /** The control plane is gone. */
  lost(): void;
}

/** How long a newcomer waits for the end of a connection whose process is gone: the kernel closes both in its own time. */
const SUCCESSION_MS = 2_000;
/** Notices wait from here on until the control plane has read what it has. */
const MAX_UNREAD_BYTES = 1024 * 1024;

type Grew = Extract<FromShim, { type: 'grew' }>;

/** The listening socket and the control plane on it. */
export class Link {
  readonly #server: Server;
  readonly #events: LinkEvents;
  readonly #heldBack = new Map<string, Grew>();
  #client: Socket | undefined;
  #refusal: string | undefined;

  constructor(events: LinkEvents) {
    this.#events = events;
    this.#server = createServer((socket) => this.#greet(socket));
  }

  /** Listens on `path`, which only this user can reach: mode 0600. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // The mode of a new socket comes from the umask, which the tasks inherit: so it is narrowed for this call alone.
      const umask = process.umask(0o177);
      try {
        this.#server.listen(path, resolve);
      } finally {
        process.umask(umask);
      }
    });
  }

  /** Whether a control plane is connected. */
  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Sends a message. Growth notices of a slow reader are folded: the last one of a log says all. */
  send(message: FromShim): void {
    const client = this.#client;
    if (client === undefined) return;
    if (message.type === 'grew' && client.writableLength > MAX_UNREAD_BYTES) this.#heldBack.set(`${message.task}/${message.kind}`, message);
    else sendMessage(client, message);
  }

  /** Refuses every command and every new connection from now on. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Ends the connection once everything sent was read, and stops listening, which removes the socket. */
  async close(): Promise<void> {
    const client = this.#client;
    if (client !== undefined) await new Promise<void>((resolve) => client.end(resolve));
    this.#server.close();
  }

  #greet(socket: Socket): void {
    // An error is followed by `close`, which is what counts.
    socket.on('error', () => undefined);
    if (this.#refusal !== undefined) return this.#turnAway(socket, 'leaving', this.#refusal);
    if (this.#client !== undefined) return this.#queue(socket, this.#client);
    this.#client = socket;
    socket.once('close', () => {
      this.#client = undefined;
      this.#events.lost();
    });
    socket.on('drain', () => this.#releaseHeldBack(socket));
    sendMessage<FromShim>(socket, { type: 'ready', protocol: PROTOCOL_VERSION, pid: process.pid });
    readMessages<ToShim>(
      socket,
      (message) => this.#receive(socket, message),
      (problem) => this.#fault(socket, problem),
    );
  }

  #queue(socket: Socket, before: Socket): void {
    const timer = setTimeout(() => this.#turnAway(socket, 'busy', 'another control plane is connected'), SUCCESSION_MS);
    before.once('close', () => {
      clearTimeout(timer);
      if (socket.writable) this.#greet(socket);
    });
  }

  #receive(socket: Socket, message: ToShim): void {
    // A connection that was turned away is not writable any more: what came behind the fault is not done.
    if (this.#refusal !== undefined || !socket.writable) return;
    switch (message.type) {
      case 'hello':
        if (message.protocol !== PROTOCOL_VERSION)
          this.#turnAway(socket, 'protocol', `this shim speaks version ${PROTOCOL_VERSION}, the control plane version ${message.protocol}`);
        else this.#events.greeted(message.pid);
        return;
      case 'leave':
        return this.#events.leave();
      case 'adopt':
        return this.#events.adopt();
      case 'environment':
      case 'spawn':
      case 'take':
      case 'signal':
      case 'arm':
      case 'disarm':
      case 'watchMemory':
      case 'awaitTree':
      case 'drain':
      case 'sweep':
      case 'hold':
      case 'settle':
      case 'record':
      case 'remember':
      case 'call':
        return this.#events.message(message);
      default:
        return this.#fault(socket, `unknown message ${JSON.stringify((message as { type: string }).type)}`);
    }
  }

  #releaseHeldBack(socket: Socket): void {
    for (const notice of this.#heldBack.values()) sendMessage(socket, notice);
    this.#heldBack.clear();
  }

  #fault(socket: Socket, message: string): void {
    sendMessage<FromShim>(socket, { type: 'fault', message });
    socket.destroySoon();
  }

  #turnAway(socket: Socket, reason: 'leaving' | 'busy' | 'protocol', message: string): void {
    sendMessage<FromShim>(socket, { type: 'refused', reason, message });
    socket.destroySoon();
  }
}
