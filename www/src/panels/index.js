// The panels in reading order. A panel is one module and one line here: its name, its title, its column ('system', 'map' or 'result') and
//   module or load         what is needed at once, or what is fetched when it is first seen
//   late                   true: not before the first estimate is there; training does not wait for it
// The module exports
//   mount(element, page)   builds its content once; `page` is described in page/page.js
//   update(state, changed) draws; `changed` is a set of names of parts of the state
//   describe(state)        one or two sentences that say what it shows
//   table(state)           if it has a chart: the same as `{ columns, rows }`
import * as map from './map.js';
import * as result from './result.js';

/** @type {import('../types.d.ts').PanelLine[]} */
export const panels = [
  { id: 'system', title: 'System and training', column: 'system', load: () => import('./system.js') },
  { id: 'map', title: 'The map: latent z ⇄ configuration x', column: 'map', module: map },
  { id: 'losses', title: 'Training as it happens', column: 'map', load: () => import('./losses.js') },
  { id: 'result', title: 'Result', column: 'result', module: result },
  { id: 'profile', title: 'Free-energy profile', column: 'result', load: () => import('./profile.js') },
  { id: 'reweighting', title: 'Reweighting', column: 'result', late: true, load: () => import('./reweighting.js') },
  { id: 'thermodynamics', title: 'Learning is minimising free energy', column: 'map', late: true, load: () => import('./thermodynamics.js') },
  { id: 'temperature', title: 'The same flow at another temperature', column: 'result', late: true, load: () => import('./temperature.js') },
  { id: 'runs', title: 'The last runs', column: 'map', late: true, load: () => import('./runs.js') },
];
