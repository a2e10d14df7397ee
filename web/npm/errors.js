// The one kind of error that this package throws.

/** An error with a stable `code`, a `hint` at what to do, and its `cause` where there is one. */
export class BoltzmannError extends Error {
  constructor(code, message, hint, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BoltzmannError';
    this.code = code;
    this.hint = hint;
  }
}

export const problem = (code, message, hint, cause) => new BoltzmannError(code, message, hint, cause);

/** The engine's codes that have another name here. */
const CODES = { 'unknown-name': 'bad-option', 'invalid-setting': 'bad-option', network: 'engine-load', missing: 'engine-load', compile: 'engine-load', mismatch: 'engine-load' };

/** Any error as one of this package; `code` is that of an error without one. */
export function asError(error, code = 'custom-energy') {
  if (error instanceof BoltzmannError) return error;
  if (error?.code === 'checkpoint') return problem('checkpoint', error.message, 'Models come from save(), `boltzflow export` or the demo page; this one is damaged, or something else.', error.cause);
  const known = typeof error?.code === 'string' && typeof error?.hint === 'string';
  if (known) return problem(CODES[error.code] ?? error.code, error.message, error.hint, error.cause);
  const words = { 'custom-energy': 'The energy function threw', 'engine-load': 'The engine could not be loaded', checkpoint: 'The file of a model could not be read' }[code];
  return problem(code, `${words}: ${error?.message ?? String(error)}`, 'See the cause.', error);
}
