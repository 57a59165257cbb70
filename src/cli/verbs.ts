/** The verbs, in the order of the help, and where each is defined. Loads none of them by itself. */
import type { CliCommand } from './command.ts';
import type { VerbHost } from './host.ts';

/** A verb. */
export interface Verb {
  /** Heading it stands under in the help. */
  readonly group: string;
  /** Its name, then others for it. */
  readonly names: readonly string[];
  /** Loads what adds it to the program. */
  readonly define: () => Promise<(program: CliCommand, host: VerbHost) => void>;
}

const RUN = 'Run:';
const LOOK = 'Look:';
const CHANGE = 'Change:';
const UNDERSTAND = 'Understand:';
const PROJECT = 'Project:';

/** All of them. */
export const VERBS: readonly Verb[] = [
  { group: RUN, names: ['up'], define: async () => (await import('./commands/up.ts')).addUp },
  { group: RUN, names: ['serve'], define: async () => (await import('./commands/serve.ts')).addServe },
  { group: RUN, names: ['down'], define: async () => (await import('./commands/down.ts')).addDown },
  { group: RUN, names: ['run'], define: async () => (await import('./commands/run.ts')).addRun },
  { group: RUN, names: ['start'], define: async () => (await import('./commands/start.ts')).addStart },
  { group: RUN, names: ['stop'], define: async () => (await import('./commands/stop.ts')).addStop },
  { group: RUN, names: ['restart'], define: async () => (await import('./commands/restart.ts')).addRestart },
  { group: RUN, names: ['kill'], define: async () => (await import('./commands/kill.ts')).addKill },
  { group: RUN, names: ['wait'], define: async () => (await import('./commands/wait.ts')).addWait },
  { group: LOOK, names: ['ps', 'list'], define: async () => (await import('./commands/ps.ts')).addPs },
  { group: LOOK, names: ['logs'], define: async () => (await import('./commands/logs.ts')).addLogs },
  { group: LOOK, names: ['inspect'], define: async () => (await import('./commands/inspect.ts')).addInspect },
  { group: LOOK, names: ['runs'], define: async () => (await import('./commands/runs.ts')).addRuns },
  { group: LOOK, names: ['events'], define: async () => (await import('./commands/events.ts')).addEvents },
  { group: LOOK, names: ['open'], define: async () => (await import('./commands/open.ts')).addOpen },
  { group: CHANGE, names: ['create'], define: async () => (await import('./commands/create.ts')).addCreate },
  { group: CHANGE, names: ['update'], define: async () => (await import('./commands/update.ts')).addUpdate },
  { group: CHANGE, names: ['remove'], define: async () => (await import('./commands/remove.ts')).addRemove },
  { group: CHANGE, names: ['reload'], define: async () => (await import('./commands/reload.ts')).addReload },
  { group: UNDERSTAND, names: ['why'], define: async () => (await import('./commands/why.ts')).addWhy },
  { group: UNDERSTAND, names: ['graph'], define: async () => (await import('./commands/graph.ts')).addGraph },
  { group: UNDERSTAND, names: ['machine'], define: async () => (await import('./commands/machine.ts')).addMachine },
  { group: UNDERSTAND, names: ['record'], define: async () => (await import('./commands/record.ts')).addRecord },
  { group: UNDERSTAND, names: ['replay'], define: async () => (await import('./commands/replay.ts')).addReplay },
  { group: UNDERSTAND, names: ['simulate'], define: async () => (await import('./commands/simulate.ts')).addSimulate },
  { group: PROJECT, names: ['config'], define: async () => (await import('./commands/config.ts')).addConfig },
  { group: PROJECT, names: ['import'], define: async () => (await import('./commands/import.ts')).addImport },
  { group: PROJECT, names: ['service'], define: async () => (await import('./commands/systemd-service.ts')).addService },
  { group: PROJECT, names: ['doctor'], define: async () => (await import('./commands/doctor.ts')).addDoctor },
  { group: PROJECT, names: ['completion'], define: async () => (await import('./commands/completion.ts')).addCompletion },
];

/** Options before the verb whose value is a word of its own. */
const WITH_VALUE: ReadonlySet<string> = new Set(['--config', '--data-dir']);

/** The verb that a command line names: its first word that is no option and no value of one. */
export function findVerb(words: readonly string[]): Verb | undefined {
  const named = words.find((word, index) => !word.startsWith('-') && !WITH_VALUE.has(words[index - 1] ?? ''));
  return VERBS.find(({ names }) => names.some((name) => name === named));
}
