/** The public face of the client alone, for who serves nothing: it loads nothing that serves. No logic here. */
export { connect, type ConnectOptions } from './connect.ts';
export type { RemoteRunner } from './remote-runner.ts';
