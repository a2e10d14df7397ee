// Where to go from here: the other views, and the machine itself.
import { VIEWS } from '../views.js';

const INVITATIONS = {
  lab: 'every control, every number, your own energy',
  compare: 'the walk and the flow side by side, all costs counted',
  dimer: 'the molecule: 76 coordinates, one shot',
};

export function mount(element) {
  const list = document.createElement('ul');
  list.className = 'invitations';
  for (const { name, label } of VIEWS.filter(({ name }) => name in INVITATIONS)) {
    const item = document.createElement('li');
    const link = Object.assign(document.createElement('a'), { href: document.getElementById(`view-${name}`).href, textContent: label });
    item.append(link, `: ${INVITATIONS[name]}`);
    list.append(item);
  }
  element.append(list);
  return { update() {} };
}
