/** Connects to a daemon. Starts none. */
import { join } from 'node:path';
import { DirigentPaths, SOCKET_NAME, TaskError } from '../../index.ts';
import { Mirror } from './mirror.ts';
import { daemonInfo, RemoteRunner } from './remote-runner.ts';
import { Transport, type Endpoint } from './transport.ts';

/** Where the daemon is: that of a data directory, or one at an address. */
export type ConnectOptions =
  | { readonly dataDir: string }
  | {
      /** Such as `http://127.0.0.1:7411`. */
      readonly url: string;
      /** What the daemon's file `run/token` holds. */
      readonly token?: string;
    };

/**
 * Connects to a daemon; the runner it gives has the methods of one in this process. Close it to let this process end.
 * @throws TaskError `DAEMON_UNREACHABLE`, `UNAUTHORIZED`, `ARGUMENT_INVALID`
 */
export async function connect(options: ConnectOptions): Promise<RemoteRunner> {
  const transport = new Transport(endpointOf(options));
  try {
    const dataDir = 'dataDir' in options ? options.dataDir : await remoteDataDir(transport);
    return new RemoteRunner(transport, await Mirror.open(transport), dataDir, 'dataDir' in options);
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** An API in somebody's own server is no daemon, and names no folder. */
async function remoteDataDir(transport: Transport): Promise<string> {
  try {
    return (await daemonInfo(transport)).dataDir;
  } catch (error) {
    if (TaskError.is(error) && error.code === 'ARGUMENT_INVALID') return '/';
    throw error;
  }
}

function endpointOf(options: ConnectOptions): Endpoint {
  if ('url' in options) return { url: options.url, ...(options.token === undefined ? {} : { token: options.token }) };
  return { socket: join(ipcDirOf(options.dataDir), SOCKET_NAME) };
}

function ipcDirOf(dataDir: string): string {
  try {
    return new DirigentPaths(dataDir).ipcDir();
  } catch (error) {
    throw new TaskError('DAEMON_UNREACHABLE', `no daemon answers: ${dataDir} cannot be read; start one: dirigent serve`, { cause: error });
  }
}
