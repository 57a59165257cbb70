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
const UNDERSTAND = 'Understand:';
const SET_UP = 'Set up:';

/** All of them. */
export const VERBS: readonly Verb[] = [
  { group: RUN, names: ['up'], define: async () => (await import('./commands/up.ts')).addUp },
  { group: RUN, names: ['serve'], define: async () => (await import('./commands/serve.ts')).addServe },
  { group: RUN, names: ['down'], define: async () => (await import('./commands/down.ts')).addDown },
  { group: RUN, names: ['reload'], define: async () => (await import('./commands/reload.ts')).addReload },
  { group: LOOK, names: ['ps', 'list'], define: async () => (await import('./commands/ps.ts')).addPs },
  { group: LOOK, names: ['logs'], define: async () => (await import('./commands/logs.ts')).addLogs },
  { group: LOOK, names: ['runs'], define: async () => (await import('./commands/runs.ts')).addRuns },
  { group: UNDERSTAND, names: ['config'], define: async () => (await import('./commands/config.ts')).addConfig },
  { group: UNDERSTAND, names: ['graph'], define: async () => (await import('./commands/graph.ts')).addGraph },
  { group: UNDERSTAND, names: ['machine'], define: async () => (await import('./commands/machine.ts')).addMachine },
  { group: UNDERSTAND, names: ['simulate'], define: async () => (await import('./commands/simulate.ts')).addSimulate },
  { group: SET_UP, names: ['import'], define: async () => (await import('./commands/import.ts')).addImport },
  { group: SET_UP, names: ['service'], define: async () => (await import('./commands/systemd-service.ts')).addService },
  { group: SET_UP, names: ['doctor'], define: async () => (await import('./commands/doctor.ts')).addDoctor },
  { group: SET_UP, names: ['completion'], define: async () => (await import('./commands/completion.ts')).addCompletion },
];

/** Options before the verb whose value is a word of its own. */
const WITH_VALUE: ReadonlySet<string> = new Set(['--config', '--data-dir']);

/** The verb that a command line names: its first word that is no option and no value of one. */
export function findVerb(words: readonly string[]): Verb | undefined {
  const named = words.find((word, index) => !word.startsWith('-') && !WITH_VALUE.has(words[index - 1] ?? ''));
  return VERBS.find(({ names }) => names.some((name) => name === named));
}
