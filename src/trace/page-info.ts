/** What the page is told of the server it came from, at `GET /api/v1/page`. Types alone. */

/** What there is to show, and what may be done. */
export interface PageInfo {
  /** What is looked at: the runner's name, or the inspector's. */
  readonly title: string;
  readonly version: string;
  /** Whether there are tasks: not where an inspector serves its page alone. */
  readonly tasks: boolean;
  /** Whether commands may be defined. */
  readonly mayDefine: boolean;
  /** Whether events may be sent to actors. */
  readonly maySend: boolean;
  /** Whether actors can be watched as they are; not where a recording alone is shown, which is at `GET /api/v1/inspector/recording`. */
  readonly live: boolean;
}
