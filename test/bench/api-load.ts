/** The client of the benchmark `api`, in a process of its own: asks over the unix socket. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { connect } from '../../src/http/index.ts';
import { DirigentPaths, SOCKET_NAME } from '../../src/index.ts';
import { STARTED, timeEach, type Writer } from './api-host.ts';
import { list } from './api-lists.ts';
import { serve } from './host.ts';

const [dataDir = '', followers = ''] = process.argv.slice(2);
const path = join(new DirigentPaths(dataDir).ipcDir(), SOCKET_NAME);

/** How the last line of a writer looks, in a record. */
const LAST_LINE = Buffer.from('EEEEEEEE');

/** Those who follow a task, and when they have read all of it. */
class Followers {
  readonly #responses: IncomingMessage[] = [];
  #caughtUp: Promise<unknown>[] = [];
  #bytes = 0;

  /** Bytes that all of them got since this was last asked. */
  takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  /** Resolves once each of them is answered. */
  async add(task: Writer, isReading: boolean): Promise<void> {
    await Promise.all(Array.from({ length: Number(followers) }, () => this.#add(task, isReading)));
  }

  /** Resolves once each has the last line. */
  async catchUp(): Promise<void> {
    await Promise.all(this.#caughtUp);
  }

  end(): void {
    this.#caughtUp = [];
    for (const response of this.#responses.splice(0)) response.destroy();
  }

  async #add(task: Writer, isReading: boolean): Promise<void> {
    const asked = request({ socketPath: path, path: `/api/v1/tasks/${task}/output?follow=true`, agent: false }).end();
    asked.on('error', () => undefined); // it is cut off at the end
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`a follower was answered ${response.statusCode}`);
    this.#responses.push(response);
    response.on('error', () => undefined);
    if (!isReading) return;
    this.#caughtUp.push(
      new Promise<void>((resolve) => {
        response.on('data', (piece: Buffer) => {
          this.#bytes += piece.length;
          if (piece.includes(LAST_LINE)) resolve();
        });
      }),
    );
  }
}

const following = new Followers();

/** Milliseconds that each start takes, with the client of the library. */
async function start(): Promise<number[]> {
  const remote = await connect({ dataDir });
  const tookMs = await timeEach(STARTED, (name) => remote.start(name));
  await remote.close();
  return tookMs;
}

serve(
  {
    list: () => list(path),
    start,
    'burst stalled': () => following.add('burst', false),
    'burst reading': () => following.add('burst', true),
    'busy reading': () => following.add('busy', true),
    catchUp: () => following.catchUp(),
    takeBytes: () => following.takeBytes(),
    unfollow: () => following.end(),
  },
  async () => following.end(),
);
