/** The public face of the HTTP API: serving a runner, and using one that is served. No logic here. */
export { openBridge, type Bridge, type BridgeOptions } from './bridge.ts';
export { createApi, type Api, type ApiOptions } from './api.ts';
export { toNodeListener, type NodeListener } from '../web/node-listener.ts';
export { listen, type Listening, type ListenOptions } from './listen.ts';
export type { Daemon, DaemonInfo } from './routes/route.ts';
export { connect, type ConnectOptions, type RemoteRunner } from './client/index.ts';
