/** The error of a call the log worker cannot serve. Only the class. */

/** A call that cannot be served; `code` is the system's word for why. */
export class CaptureError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CaptureError';
    this.code = code;
  }
}
