/** Two projects of one user at once: each with a daemon, a data directory and logs of its own, and one list of both. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { SERVES } from './daemon-rig.ts';
import { Project, shellTask, type Running } from './rig.ts';

interface Listed {
  readonly name: string;
  readonly dataDir: string;
  readonly daemon: { readonly pid: number; readonly config: readonly string[] } | null;
  readonly tasks: readonly { readonly definition: { readonly name: string }; readonly status: { readonly state: string } }[];
}

/** The home of one user, with a project in each of two folders. */
class Home {
  readonly #home: Project;
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.#home = new Project(t);
    for (const name of ['shop', 'blog']) {
      mkdirSync(join(this.#home.dir, name));
      this.#home.write(`${name}/dirigent.toml`, shellTask('web', `echo "this is ${name}"; exec sleep 1000`, 'run_at_startup = true'));
    }
  }

  get projectsDir(): string {
    return join(this.#home.dir, 'share', 'dirigent', 'projects');
  }

  /** The command in a project. */
  start(project: string, args: readonly string[]): Running {
    return this.#home.start([...args, '--config', `${project}/dirigent.toml`], { XDG_DATA_HOME: join(this.#home.dir, 'share') });
  }

  async serve(project: string): Promise<Running> {
    const daemon = this.start(project, ['serve']);
    atEnd(this.#t, async () => {
      daemon.child.kill('SIGTERM');
      await daemon.ended;
    });
    await daemon.until('stderr', SERVES);
    return daemon;
  }

  async list(): Promise<readonly Listed[]> {
    const { code, stdout } = await this.start('shop', ['ps', '--all-projects', '--json']).ended;
    assert.equal(code, 0);
    return (JSON.parse(stdout) as { projects: Listed[] }).projects;
  }
}

test('two projects with a task of the same name have a daemon and logs each, and are listed together', async (t) => {
  const home = new Home(t);
  const daemons = [await home.serve('blog'), await home.serve('shop')];
  const projects = await home.list();
  assert.deepEqual(
    projects.map(({ name, daemon }) => [name.replace(/-[0-9a-f]{8}$/, ''), daemon?.pid]),
    [
      ['blog', daemons[0]?.child.pid],
      ['shop', daemons[1]?.child.pid],
    ],
  );
  for (const { name, dataDir } of projects) {
    const remote = await connect({ dataDir });
    atEnd(t, () => remote.close());
    for await (const record of remote.follow('web', { from: 'start' })) if ('text' in record) break;
    assert.equal(readFileSync(join(dataDir, 'tasks', 'web', 'stdout.log'), 'utf8'), `this is ${name.slice(0, 4)}\n`);
  }
  const [blog] = daemons;
  blog?.child.kill('SIGTERM');
  await blog?.ended;
  const table = (await home.start('shop', ['ps', '--all-projects', 'web']).ended).stdout.split('\n');
  assert.match(table[1] ?? '', /^blog-\w{8} +- +web +stopped +- /);
  assert.match(table[2] ?? '', new RegExp(`^shop-\\w{8} +${daemons[1]?.child.pid} +web +running +\\d+ +up `));
});

test('a project that cannot be read is told of with the exit code of that, and the others are listed', async (t) => {
  const home = new Home(t);
  await home.serve('shop');
  mkdirSync(join(home.projectsDir, 'damaged', 'tasks'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home.projectsDir, 'damaged', 'tasks.json'), 'not JSON', { mode: 0o600 });
  const { code, stdout, stderr } = await home.start('shop', ['ps', '--all-projects']).ended;
  assert.equal(code, 1);
  assert.match(stderr, /^dirigent: .*damaged/);
  assert.match(stdout, /^shop-\w{8} .*running/m);
});

test('where there is no project yet, or none with the task that is asked for, that is said', async (t) => {
  const home = new Home(t);
  assert.deepEqual(await home.list(), []);
  const { code, stdout, stderr } = await home.start('shop', ['ps', '--all-projects']).ended;
  assert.deepEqual([code, stdout, stderr], [0, '', 'no project has such a task\n']);
});
