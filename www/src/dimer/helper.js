// A worker that helps with the training of a flow from a file (see ../helping.js).
import { loadViews } from '../views-engine.js';
import { answer, help } from '../helping.js';
import { openFlow } from './flow.js';
/** @import { Source } from './flow.js' */

answer.start = async ({ compiled, share: { source } }) => {
  const { engine } = await loadViews(compiled);
  help(openFlow(engine, /** @type {Source} */ (source)).share());
};
