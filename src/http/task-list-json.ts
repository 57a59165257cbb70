/** All tasks as JSON. Of a task that did not change since the last time nothing is made again, and of none the same bytes are given. */
import type { TaskInfo } from '../index.ts';

/** A runner gives the same object for a task as long as that does not change. */
const known = new WeakMap<TaskInfo, string>();

/** The list as it was last given. */
export class TaskListJson {
  #tasks: readonly TaskInfo[] = [];
  #bytes = Buffer.from('{"tasks":[]}');

  /** The bytes of the answer. */
  toJson(tasks: readonly TaskInfo[]): Buffer {
    if (tasks.length === this.#tasks.length && tasks.every((task, index) => task === this.#tasks[index])) return this.#bytes;
    this.#tasks = tasks;
    this.#bytes = Buffer.from(`{"tasks":[${tasks.map(toJson).join()}]}`);
    return this.#bytes;
  }
}

function toJson(task: TaskInfo): string {
  const json = known.get(task) ?? JSON.stringify(task);
  known.set(task, json);
  return json;
}
