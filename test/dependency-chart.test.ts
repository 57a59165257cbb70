/** The graph of a configuration, as data and as a diagram. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencyGraph, dependencyMermaid } from '../src/index.ts';
import { loadText } from './config/project.ts';

const task = (name: string, lines = ''): string => `[[tasks]]\nname = "${name}"\ncommand = "x"\n${lines}\n`;
const draw = async (toml: string): Promise<string> => dependencyMermaid(dependencyGraph(await loadText(toml)));

const SHOP =
  '[[groups]]\nname = "backend"\nstrategy = "one_for_all"\n[[groups]]\nname = "empty"\n' +
  task('web', 'title = "Web server"\ndepends_on = ["api", { task = "worker-2", until = "running" }]') +
  task('api', 'group = "backend"\ndepends_on = [{ task = "migrate", until = "succeeded" }]') +
  task('worker', 'group = "backend"\ninstances = 4\ndepends_on = ["api"]') +
  task('migrate');

test('a diagram has every task, its group, and an arrow with the condition to what it waits for', async () => {
  assert.equal(
    await draw(SHOP),
    `flowchart LR
  t0["web<br/>Web server"]
  t3["migrate"]
  subgraph g0["backend<br/>one_for_all"]
    t1["api"]
    t2["worker ×4"]
  end
  t0 -->|"ready"| t1
  t0 -->|"worker-2 running"| t2
  t1 -->|"succeeded"| t3
  t2 -->|"ready"| t1
`,
  );
});

test('as data it has the tasks and the groups as their author wrote them', async () => {
  const { tasks, groups } = dependencyGraph(await loadText(SHOP));
  assert.deepEqual(tasks[2], {
    name: 'worker',
    title: 'worker',
    instances: 4,
    group: 'backend',
    dependsOn: [{ task: 'api', until: 'ready' }],
  });
  assert.deepEqual([tasks.length, tasks[0]?.group], [4, null]);
  assert.deepEqual(groups, [
    { name: 'backend', strategy: 'one_for_all', restartWindow: 3_600_000 },
    { name: 'empty', strategy: 'one_for_one', restartWindow: 3_600_000 },
  ]);
});

test('a title can neither end its text nor begin another line, and a name that means something in a diagram does not', async () => {
  const title = String.raw`\"] --> t1; click t0 href \"javascript:x\"\n%%{init}%%<script>&#`;
  assert.equal(
    await draw(task('end', `title = "${title}"`) + task('subgraph', 'depends_on = ["end"]')),
    `flowchart LR
  t0["end<br/>#34;] --#62; t1#59; click t0 href #34;javascript#58;x#34; #37;#37;#123;init#125;#37;#37;#60;script#62;#38;#35;"]
  t1["subgraph"]
  t1 -->|"ready"| t0
`,
  );
});

test('a configuration without tasks is an empty diagram', async () => {
  assert.equal(await draw(''), 'flowchart LR\n');
});
