// A worker that helps with the training of a flow from a file (see ../helping.js). Its share: { source } as in flow.js.
import { loadViews } from '../views-engine.js';
import { answer, help } from '../helping.js';
import { openFlow } from './flow.js';
/** @import { Compiled } from '../types.d.ts' */
/** @import { Source } from './flow.js' */

/** @param {{ compiled: Compiled, share: { source: Source } }} message */
answer.start = async ({ compiled, share: { source } }) => {
  const { engine } = await loadViews(compiled);
  help(openFlow(engine, source).share());
};
