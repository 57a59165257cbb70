/** What the probes of one run wait to hear from it, armed where it is heard: at a descriptor here, at the output in the log worker. Hears nothing itself. */
import type { RemoteCapture } from '../output/capture/client.ts';
import { Deferred } from '../util/deferred.ts';
import type { ExtraPipes } from './extra-pipes.ts';
import type { SignFact, SpawnMessage } from './protocol.ts';

/** The signs of one run. */
export class ProbeSigns {
  readonly #request: Pick<SpawnMessage, 'run' | 'watches'>;
  readonly #pipes: ExtraPipes | undefined;
  readonly #capture: RemoteCapture;
  readonly #attached = new Deferred();
  readonly #heard = new Map<string, SignFact>();

  constructor(request: Pick<SpawnMessage, 'run' | 'watches'>, pipes: ExtraPipes | undefined, capture: RemoteCapture) {
    this.#request = request;
    this.#pipes = pipes;
    this.#capture = capture;
  }

  /** The log worker knows of the run: only now can it be told what to look for. */
  attached(): void {
    this.#attached.resolve();
  }

  /** What was heard since it was asked for: whoever was told of it may be gone. */
  get heard(): readonly SignFact[] {
    return [...this.#heard.values()];
  }

  /** Takes note of a sign. */
  note(fact: SignFact): void {
    this.#heard.set(fact.watch, fact);
  }

  /** Tells of the next sign for a watch, or of none any more. Nothing happens for a watch that the run has not. */
  async set(watch: string, to: 'arm' | 'disarm'): Promise<void> {
    this.#heard.delete(watch); // whoever asks knows of it
    const isOfOutput = this.#request.watches?.some(({ kind, id }) => kind === 'log' && id === watch) ?? false;
    if (!isOfOutput) return this.#pipes?.[to](watch);
    await this.#attached.promise;
    await this.#capture[to](this.#request.run, watch);
  }
}
