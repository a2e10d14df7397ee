// A worker that helps with a run of the engine (see helping.js). Its share: { settings: [keys, values] }.
import { loadEngine } from '../engine.js';
import { answer, help } from './helping.js';
/** @import { Compiled, Lists, ShareSource } from './types.d.ts' */

/** @param {{ compiled: Compiled, share: ShareSource }} message */
answer.start = async ({ compiled, share: { settings } }) => {
  const { engine } = await loadEngine(compiled);
  help(new engine.Share(.../** @type {Lists} */ (settings)));
};
