// What is going on, in sentences: a list with the gravest first, and the region that screen readers follow.
/** @import { Level, Action } from './types.d.ts' */

/** @type {Level[]} */
const LEVELS = ['info', 'caution', 'bad'];
const SPOKEN_EVERY_MS = 5000;

const labelOf = (/** @type {Action} */ [label]) => label;

/** @typedef {{ level: Level, words: string, actions: Action[] }} Notice */

/** Shows every notice that stands; each has a name, so that it can be replaced or withdrawn. */
export class Notices {
  /**
   * @param {HTMLElement} list holds the notices; its `data-level` is that of the gravest
   * @param {HTMLElement} live what screen readers say
   */
  constructor(list, live) {
    this.list = list;
    this.live = live;
    /** @type {Map<string, Notice>} */
    this.shown = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.lines = new Map();
    this.last = -Infinity;
    /** What is about to be said, the sentence that can wait, and what was said last. */
    this.urgent = /** @type {string[]} */ ([]);
    this.patient = '';
    this.spoken = '';
    // The sentence that stands there before any script runs.
    const first = /** @type {HTMLElement} */ (list.firstElementChild);
    this.shown.set('state', { level: 'info', words: first.textContent ?? '', actions: [] });
    this.lines.set('state', first);
  }

  /**
   * @param {string} name
   * @param {Level} level
   * @param {string} words
   * @param {Action[]} [actions] buttons
   */
  set(name, level, words, actions = []) {
    const old = this.shown.get(name);
    if (old?.words === words && old.level === level) return;
    this.shown.set(name, { level, words, actions });
    const line = this.lines.get(name);
    if (line && String(old?.actions.map(labelOf)) === String(actions.map(labelOf))) {
      // A button that is being pressed stays.
      line.dataset.level = level;
      /** @type {HTMLElement} */ (line.firstElementChild).textContent = words;
    } else {
      line?.remove();
      this.lines.delete(name);
    }
    // Numbers that change in a notice that stands are no news.
    if (level !== 'info' && !(old && LEVELS.indexOf(old.level) >= LEVELS.indexOf(level))) this.speak(words, true);
    this.draw();
  }

  /** @param {string[]} names */
  clear(...names) {
    if (names.filter((name) => this.shown.delete(name)).length) this.draw();
  }

  /**
   * News that the visitor has asked for: it stands until it is read, or until the next run.
   * @param {string} words
   */
  tell(words, name = 'told') {
    this.set(name, 'info', words, [['OK', () => this.clear(name)]]);
    this.speak(words, true);
  }

  /**
   * What was refused, or became something else.
   * @param {string[]} complaints sentences
   */
  complain(complaints) {
    this.clear('complaints');
    if (complaints.length) this.set('complaints', 'caution', complaints.join(' '), [['OK', () => this.clear('complaints')]]);
  }

  /**
   * Tells screen readers: at once what is urgent, and of the rest the newest, at most one sentence in five seconds.
   * @param {string} words
   */
  speak(words, urgent = false) {
    if (urgent) this.urgent.push(words);
    else if (words !== this.spoken) this.patient = words;
    if (this.speaking || (!this.urgent.length && !this.patient)) return;
    const wait = this.urgent.length ? 0 : Math.max(0, this.last + SPOKEN_EVERY_MS - performance.now());
    clearTimeout(this.waiting);
    this.speaking = wait === 0;
    // What comes in the same moment is said together: a region holds one text.
    if (this.speaking) queueMicrotask(() => this.say());
    else this.waiting = setTimeout(() => this.say(), wait);
  }

  say() {
    const said = this.urgent.length ? this.urgent : [this.patient];
    if (!this.urgent.length) this.patient = '';
    this.urgent = [];
    this.speaking = false;
    this.last = performance.now();
    this.spoken = said.join(' ');
    this.live.textContent = this.spoken;
    if (this.patient) this.speak(this.patient);
  }

  draw() {
    // Of those that weigh the same the youngest is first.
    const ranked = [...this.shown].reverse().sort(([, a], [, b]) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
    this.list.dataset.level = ranked[0]?.[1].level ?? 'info';
    for (const [name, line] of this.lines) {
      if (this.shown.has(name)) continue;
      line.remove();
      this.lines.delete(name);
    }
    ranked.forEach(([name, notice], i) => {
      const line = this.lines.get(name) ?? this.made(name, notice);
      this.lines.set(name, line);
      // One that stays where it is keeps the focus of its buttons.
      if (this.list.children[i] !== line) this.list.insertBefore(line, this.list.children[i] ?? null);
    });
  }

  /**
   * @param {string} name
   * @param {Notice} notice
   */
  made(name, { level, words, actions }) {
    const line = document.createElement('p');
    line.className = 'notice';
    line.dataset.level = level;
    line.append(Object.assign(document.createElement('span'), { textContent: words }));
    actions.forEach(([label], i) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
      // The line may have come to say something else meanwhile.
      button.addEventListener('click', () => this.shown.get(name)?.actions[i][1]());
      line.append(button);
    });
    return line;
  }
}
