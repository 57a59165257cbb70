/** A service on bare node:http that runs background tasks, with their API under /background. Leaves none of them behind when it ends. */
import { createServer } from 'node:http';
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
let isClosing = false;

const server = createServer((request, response) => {
  if (request.url?.startsWith('/background/') === true) return background(request, response);
  if (request.url !== '/ready') return void response.end('Hello from a service with tasks.\n');
  const isReady = !isClosing && runner.getTask('ticker').status.phase === 'ready';
  response.writeHead(isReady ? 200 : 503).end(isReady ? 'ready\n' : 'not ready\n');
});
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});

async function end(): Promise<void> {
  isClosing = true; // who asks whether it is ready sends nobody here any more
  server.close(); // no new connections; requests under way are answered
  await runner.close(); // the tasks are stopped, and who follows them is given their last lines
  setTimeout(() => server.closeAllConnections(), 2_000).unref(); // they are read until then
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
