/** A small HTTP server to be run as a task: says where it listens, logs each request, and ends cleanly when it is told to. Serves no files. */
import { createServer } from 'node:http';
import { pino } from 'pino';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 4173;

const log = pino({ base: null }, pino.destination({ fd: 1, sync: true }));
const port = Number(process.env['PORT'] ?? DEFAULT_PORT);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  log.fatal({ PORT: process.env['PORT'] }, 'PORT: expected a number from 0 to 65535');
  process.exit(1);
}

const server = createServer((request, response) => {
  const startedAt = performance.now();
  response.on('finish', () => {
    const durationMs = Math.round(performance.now() - startedAt);
    log.info({ method: request.method, url: request.url, status: response.statusCode, durationMs }, 'request');
  });
  const isRoot = request.url === '/';
  response.writeHead(isRoot ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(isRoot ? 'Hello from a task.\n' : 'There is nothing here.\n');
});

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') log.fatal(`port ${port} is taken by another program: stop it, or choose another port with PORT`);
  else log.fatal(error, 'the server cannot listen');
  process.exit(1);
});

server.listen(port, HOST, () => {
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  log.info(`listening on http://${HOST}:${bound}/`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info(`${signal}: finishing the requests under way`);
    server.close(() => log.info('closed'));
    server.closeIdleConnections();
  });
}
