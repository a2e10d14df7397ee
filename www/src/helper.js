// A worker that helps with a run of the engine (see helping.js), with its run's settings or a workload.
import { loadEngine } from '../engine.js';
import { answer, help } from './helping.js';
/** @import { Lists } from './types.d.ts' */

answer.start = async ({ compiled, share: { settings, workload } }) => {
  const { engine } = await loadEngine(compiled);
  help(workload ? engine.Share.of_workload(...workload) : new engine.Share(.../** @type {Lists} */ (settings)));
};
