// “As a table”: a fold under a chart that holds the numbers it shows.
import { number } from './words.js';

export class Table {
  /** Adds the fold to an element; `label` names what it shows. */
  constructor(element, label) {
    /** @type {any} */
    this.fold = document.createElement('details');
    this.fold.className = 'as-table';
    this.fold.innerHTML = '<summary>As a table</summary><div class="table" tabindex="0" role="region"><table><thead></thead><tbody></tbody></table></div>';
    this.fold.querySelector('.table').setAttribute('aria-label', `${label}, as a table`);
    this.fold.addEventListener('toggle', () => this.fill());
    element.append(this.fold);
  }

  /** `make`: gives `{ columns, rows }` of texts and numbers, or nothing; it is called only while the fold is open. */
  show(make) {
    this.make = make;
    this.fill();
  }

  fill() {
    if (!this.fold.open || !this.make) return;
    const { columns, rows } = this.make() ?? { columns: ['Nothing to show yet'], rows: [] };
    const row = (cells, tag) => {
      const line = document.createElement('tr');
      line.append(...cells.map((cell) => {
        const found = document.createElement(tag);
        if (tag === 'th') found.scope = 'col';
        found.textContent = typeof cell === 'number' ? number(cell) : cell;
        return found;
      }));
      return line;
    };
    this.fold.querySelector('thead').replaceChildren(row(columns, 'th'));
    this.fold.querySelector('tbody').replaceChildren(...rows.map((cells) => row(cells, 'td')));
  }
}
