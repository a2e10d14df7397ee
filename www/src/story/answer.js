// Where to go from here: the other views, and the machine itself.

const INVITATIONS = {
  lab: 'every control, every number, your own energy',
  compare: 'the walk and the flow side by side, all costs counted',
  dimer: 'the molecule: 76 coordinates, one shot',
};

export function mount(element) {
  const list = document.createElement('ul');
  list.className = 'invitations';
  const links = Object.entries(INVITATIONS).map(([name, words]) => {
    const item = document.createElement('li');
    const tab = /** @type {HTMLAnchorElement} */ (document.getElementById(`view-${name}`));
    const link = Object.assign(document.createElement('a'), { href: tab.href, textContent: tab.textContent });
    item.append(link, `: ${words}`);
    list.append(item);
    return { link, tab };
  });
  element.append(list);
  // The tabs know the address of the run as it is now.
  const update = () => links.forEach(({ link, tab }) => { link.href = tab.href; });
  return { update };
}
