// The views of the page, one line each. A view is fetched when it is first opened; its module exports
//   mount(root, page)   builds it once inside the element of its name, and returns an object with
//     show(shown)       it is seen, or leaves the screen
//     mark(...names)    parts of the page's state have changed
//     forget()          another run begins; may be left out
//     play()            the space bar, in a view that does not train; may be left out
// `trains`: the training run goes on while it is open, and the transport bar is there; `panels`: it shows panels of panels/index.js,
// all of them or those with these names; `keys`: what single keys do in it. The lab is these panels alone.
/** @import { View } from './types.d.ts' */

const STORY_KEYS = [
  { key: '.', label: '.', words: 'story: next scene', act: (/** @type {any} */ story) => story.go(1) },
  { key: ',', label: ',', words: 'story: the scene before', act: (/** @type {any} */ story) => story.go(-1) },
];

/** @type {View[]} */
export const VIEWS = [
  { name: 'story', label: 'Story', key: '1', trains: true, panels: ['map', 'result'], keys: STORY_KEYS, load: () => import('./story/view.js') },
  { name: 'lab', label: 'Lab', key: '2', trains: true, panels: true },
  { name: 'compare', label: 'Compare', key: '3', trains: true, load: () => import('./race/view.js') },
  { name: 'dimer', label: 'Dimer', key: '4', load: () => import('./dimer/view.js') },
];

/**
 * Builds the tabs, links that open in another window as well, and a place behind the panels for each view that has none yet.
 * @param {HTMLElement} nav
 * @param {HTMLElement} panels
 * @param {(name: string) => void} go opens a view here
 */
export function mountTabs(nav, panels, go) {
  let last = panels;
  for (const { name, label, key, load } of VIEWS) {
    const link = Object.assign(document.createElement('a'), { id: `view-${name}`, textContent: label, title: `${label} (${key})` });
    link.setAttribute('aria-keyshortcuts', key);
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      go(name);
    });
    nav.append(link);
    if (!load || document.getElementById(name)) continue;
    const place = Object.assign(document.createElement('div'), { id: name, className: 'panels', hidden: true });
    last.after(place);
    last = place;
  }
  nav.classList.remove('later');
}

/**
 * Marks the tab of the view that is open.
 * @param {string} open
 */
export function markTab(open) {
  for (const { name } of VIEWS) {
    const link = /** @type {HTMLElement} */ (document.getElementById(`view-${name}`));
    if (name === open) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
