// The panels in reading order. A panel is one module and one line here. It exports
//   id, title, column ('system', 'map' or 'result'),
//   mount(element, page)   builds its content once; `page` is described in page.js
//   update(state, changed) draws; `changed` is a set of names of parts of the state
//   describe(state)        one or two sentences that say what it shows
import * as system from './system.js';
import * as map from './map.js';
import * as result from './result.js';
import * as profile from './profile.js';
import * as losses from './losses.js';

export const panels = [system, map, losses, result, profile];
