// A worker that helps with a run of the engine (see helping.js). Its share: { settings: [keys, values] } or { workload: [name, byExamples] }.
import { loadEngine } from '../engine.js';
import { answer, help } from './helping.js';
/** @import { Compiled, Lists, ShareSource } from './types.d.ts' */

/** @param {{ compiled: Compiled, share: ShareSource }} message */
answer.start = async ({ compiled, share: { settings, workload } }) => {
  const { engine } = await loadEngine(compiled);
  help(workload ? engine.Share.of_workload(...workload) : new engine.Share(.../** @type {Lists} */ (settings)));
};
