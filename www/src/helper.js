// A worker that helps with a run of the engine (see helping.js). Its share: { settings: [keys, values] }.
import { loadEngine } from '../engine.js';
import { answer, help } from './helping.js';
/** @import { Lists } from './types.d.ts' */

answer.start = async ({ compiled, share: { settings } }) => {
  const { engine } = await loadEngine(compiled);
  help(new engine.Share(.../** @type {Lists} */ (settings)));
};
