// The views of the page, one line each. A view is fetched when it is first opened; its module exports
//   mount(root, page)   builds it once inside the element of its name, and returns an object with
//     show(shown)       it is seen, or leaves the screen
//     mark(...names)    parts of the page's state have changed
// `trains`: the training run goes on while it is open, and the transport bar is there; `panels`: it shows panels of panels/index.js,
// all of them or those with these names. The lab is these panels alone.
export const VIEWS = [
  { name: 'story', label: 'Story', key: '1', trains: true, panels: ['map', 'result'], load: () => import('./story/view.js') },
  { name: 'lab', label: 'Lab', key: '2', trains: true, panels: true },
  { name: 'compare', label: 'Compare', key: '3', trains: true, load: () => import('./race/view.js') },
  { name: 'dimer', label: 'Dimer', key: '4', load: () => import('./dimer/view.js') },
];

/** Builds the tabs: links, so that the way back leads through them; `go(href)` follows one in this tab. */
export function mountTabs(nav, go) {
  for (const { name, label, key } of VIEWS) {
    const link = Object.assign(document.createElement('a'), { id: `view-${name}`, href: `#view=${name}`, textContent: label, title: `${label} (${key})` });
    link.setAttribute('aria-keyshortcuts', key);
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      go(link.href);
    });
    nav.append(link);
  }
  nav.classList.remove('later');
}

/** Marks the tab of the view that is open. */
export function markTab(open) {
  for (const { name } of VIEWS) {
    const link = document.getElementById(`view-${name}`);
    if (name === open) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
