// What is known of the run that is shown. Panels and views draw from it.
import { History } from '../history.js';
/** @import { Estimate, FoundPoint, MapView, Model, Overlays, Settings, System } from '../types.d.ts' */

/** @param {Settings} settings */
export const freshState = (settings) => ({
  settings,
  /** What the run began with: some settings change while it goes on. */
  started: { ...settings },
  /** The model that the run began with, if it came from a file or an earlier run. */
  opened: /** @type {Model | undefined} */ (undefined),
  running: false,
  step: 0,
  total: 0,
  rate: 0,
  layers: 1,
  layer: 1,
  parameters: 0,
  system: /** @type {System | undefined} */ (undefined),
  map: /** @type {MapView | undefined} */ (undefined),
  overlays: /** @type {Overlays | undefined} */ (undefined),
  estimate: /** @type {Estimate | undefined} */ (undefined),
  probe: /** @type {FoundPoint | undefined} */ (undefined),
  /** The keyframe that is shown instead of the present. */
  replay: /** @type {{ step: number, digest: string } | undefined} */ (undefined),
  /** The number of the start that it belongs to, and what was asked for in vain since. */
  run: 0,
  refused: /** @type {{ settings: Settings, words: string } | undefined} */ (undefined),
  history: new History(),
  last: /** @type {Record<string, number>} */ ({}),
});
