// The one line that says what is going on, and the region that screen readers follow.

const LEVELS = ['info', 'caution', 'bad'];
const SPOKEN_EVERY_MS = 5000;

/** Shows the most important notice; each has a name, so that it can be replaced or withdrawn. */
export class Notices {
  constructor(line, text, live) {
    Object.assign(this, { line, text, live, shown: new Map(), spoken: '', last: -Infinity });
  }

  /** `level`: info, caution or bad; `actions`: `[label, function]` pairs, shown as buttons. */
  set(name, level, words, actions = []) {
    const old = this.shown.get(name);
    if (old?.words === words && old.level === level) return;
    this.shown.set(name, { level, words, actions });
    this.draw();
  }

  clear(...names) {
    if (names.filter((name) => this.shown.delete(name)).length) this.draw();
  }

  /** Tells screen readers, at most once in five seconds unless it is urgent. */
  speak(words, urgent = false) {
    const now = performance.now();
    if (words === this.spoken || (!urgent && now - this.last < SPOKEN_EVERY_MS)) return;
    this.last = now;
    this.spoken = words;
    this.live.textContent = words;
  }

  draw() {
    // Of those that weigh the same the youngest.
    const ranked = [...this.shown.values()].reverse().sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
    const [top] = ranked;
    this.line.dataset.level = top?.level ?? 'info';
    this.text.textContent = top?.words ?? '';
    this.line.querySelectorAll('button').forEach((button) => button.remove());
    for (const [label, act] of top?.actions ?? []) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', act);
      this.line.append(button);
    }
    if (top && top.level !== 'info') this.speak(top.words, true);
  }
}
