/** A service on Hono that runs background tasks, with their API under /background. Leaves none of them behind when it ends. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { TaskRunner } from 'dirigent-taskrunner';
import { createApi } from 'dirigent-taskrunner/http';

const runner = await TaskRunner.open({
  dataDir: process.env['DATA_DIR'] ?? '.dirigent',
  tasks: {
    ticker: { command: 'sh', args: ['-c', 'echo up; while sleep 1; do date; done'], ready: { log: '^up$' }, runAtStartup: true },
    report: { command: 'sh', args: ['-c', 'echo a report'] },
  },
});
const background = createApi(runner, { basePath: '/background' });
const app = new Hono();
let isClosing = false;

app.get('/', (c) => c.text('Hello from a service with tasks.\n'));
app.get('/ready', (c) => {
  const isReady = !isClosing && runner.getTask('ticker').status.phase === 'ready';
  return isReady ? c.text('ready\n') : c.text('not ready\n', 503);
});
app.all('/background/*', (c) => background.fetch(c.req.raw));

const options = { fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' };
const server = serve(options, ({ port }) => console.log(`listening on http://127.0.0.1:${port}`));

async function end(): Promise<void> {
  isClosing = true; // who asks whether it is ready sends nobody here any more
  server.close(); // no new connections; requests under way are answered
  await runner.close(); // the tasks are stopped, and who follows them is given their last lines
  setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 2_000).unref(); // they are read until then
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
