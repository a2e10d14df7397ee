// Single keys of the page, and what they do.
import { connectKeys } from '../keyboard.js';
import { moveLayer, toggle, toggleRegion } from '../panels/map.js';
import { speedBeside } from '../transport.js';
import { VIEWS } from '../views.js';
/** @import { Page, ViewObject } from '../types.d.ts' */

/** @param {Page} page */
export function connectPageKeys(page) {
  const { controls, past, run, screen, state } = page;
  /** @param {() => void} act */
  const training = (act) => () => screen.current.trains && act();
  const play = () => (screen.current.trains ? run.play(!page.state.running) : screen.open?.play?.());
  /** @param {number} by */
  const faster = (by) => training(() => controls.change('speed', speedBeside(state.settings.speed, by))); // the control shows it in the next frame
  /** @param {{ key: string, label?: string, words: string, act: (view: ViewObject) => void }[]} keys of one view */
  const within = (name, keys = []) => keys.map(({ act, ...key }) => ({ ...key, act: () => screen.current.name === name && screen.open && act(screen.open) }));
  connectKeys([
    { key: ' ', label: 'Space', words: 'train or pause; with the dimer: move or still', act: play },
    { key: 'ArrowRight', label: '→', words: 'one training step; while looking back, one keyframe forward', act: training(() => past.move(1) || run.step()) },
    { key: 'ArrowLeft', label: '←', words: 'look back: one keyframe', act: training(() => past.move(-1)) },
    { key: 'r', label: 'R', words: 'reset: the untrained network, same seed', act: training(() => run.restart()) },
    { key: 'n', label: 'N', words: 'new seed', act: training(() => controls.newSeed()) },
    { key: 'g', label: 'G', words: 'grid on or off', act: training(() => toggle('grid')) },
    { key: 's', label: 'S', words: 'samples on or off', act: training(() => toggle('samples')) },
    { key: 'b', label: 'B', words: 'mark a region, or not', act: training(toggleRegion) },
    { key: '[', label: '[ ]', words: 'one layer less or more', act: training(() => moveLayer(-1)) },
    { key: ']', act: training(() => moveLayer(1)) },
    { key: '+', label: '+', words: 'faster', act: faster(1) },
    { key: '-', label: '−', words: 'slower', act: faster(-1) },
    { key: 'e', label: 'E', words: 'save and share', act: () => page.keep() },
    ...VIEWS.flatMap(({ name, keys }) => within(name, keys)),
    ...VIEWS.map(({ name, label, key }) => ({ key, label: key, words: label.toLowerCase(), act: () => document.getElementById(`view-${name}`)?.click() })),
  ]);
}
