/** A service on Fastify that runs background tasks, with their API under /background. Leaves none of them behind when it ends. */
import { fastify } from 'fastify';
import { TaskRunner } from 'dirigent-taskrunner';
import { createApi, toNodeListener } from 'dirigent-taskrunner/http';

const runner = await TaskRunner.open({
  dataDir: process.env['DATA_DIR'] ?? '.dirigent',
  tasks: {
    ticker: { command: 'sh', args: ['-c', 'echo up; while sleep 1; do date; done'], ready: { log: '^up$' }, runAtStartup: true },
    report: { command: 'sh', args: ['-c', 'echo a report'] },
  },
});
const background = toNodeListener(createApi(runner, { basePath: '/background' }));
const app = fastify();
let isClosing = false;

app.get('/', () => 'Hello from a service with tasks.\n');
app.get('/ready', (_request, reply) => {
  const isReady = !isClosing && runner.getTask('ticker').status.phase === 'ready';
  return reply.code(isReady ? 200 : 503).send(isReady ? 'ready\n' : 'not ready\n');
});
app.register((scope, _options, done) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null)); // the API reads the body itself
  scope.all('/background/*', (request, reply) => {
    reply.hijack(); // and answers itself
    background(request.raw, reply.raw);
  });
  done();
});
console.log(`listening on ${await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' })}`);

async function end(): Promise<void> {
  isClosing = true; // who asks whether it is ready sends nobody here any more
  void app.close(); // no new connections; requests under way are answered
  await runner.close(); // the tasks are stopped, and who follows them is given their last lines
  setTimeout(() => app.server.closeAllConnections(), 2_000).unref(); // they are read until then
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
