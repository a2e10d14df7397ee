// The story: scenes of a few words each over the same live machine. Nothing is locked: every control works in every scene.
import { SCENES } from './scenes.js';

export const mount = (root, page) => new Story(root, page);

/** What the reader has done so far; figures of scenes add their own marks by `page.views.story.note(name)`. */
const freshDeeds = () => ({ layers: new Set() });

class Story {
  /** @type {any} */
  filled;

  /** @type {any} */
  figure;

  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.deeds = freshDeeds();
    this.finished = new Set();
    root.innerHTML = `
      <h2 id="story-title" class="visually-hidden">Story</h2>
      <div class="steps">
        <button type="button" id="scene-back" aria-keyshortcuts="," aria-label="Back" title="The scene before (,)">◀</button>
        <span class="place"></span>
        <ol class="scenes" aria-label="Scenes">${SCENES.map(({ title }, i) => `<li><button type="button" title="${title}"><span class="visually-hidden">Scene </span>${i + 1}<span class="visually-hidden">: ${title}</span></button></li>`).join('')}</ol>
        <button type="button" id="scene-next" aria-keyshortcuts="." class="primary" aria-label="Next" title="The next scene (.)">▶</button>
      </div>
      <div id="scene" tabindex="-1" role="group" aria-labelledby="scene-title">
        <h3 id="scene-title"></h3>
        <p id="scene-text"></p>
        <p id="scene-task"></p>
        <div id="scene-figure"></div>
      </div>
      <div id="card" popover role="note"></div>`;
    const names = ['scene', 'scene-title', 'scene-text', 'scene-figure', 'scene-task', 'scene-back', 'scene-next', 'card'];
    this.parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`#${name}`)]));
    this.place = root.querySelector('.place');
    this.dots = [...root.querySelectorAll('.scenes button')];
    this.dots.forEach((dot, i) => dot.addEventListener('click', () => this.open(i)));
    this.parts['scene-back'].addEventListener('click', () => this.go(-1));
    this.parts['scene-next'].addEventListener('click', () => this.go(1));
    root.addEventListener('click', ({ target }) => target.matches('.term') && this.explain(target));
  }

  /** The scene that is open, from 0. */
  get at() {
    return this.page.state.settings.scene - 1;
  }

  go(by) {
    this.open(Math.min(SCENES.length - 1, Math.max(0, this.at + by)));
  }

  /** Opens a scene, and brings the machine into its state. */
  open(at) {
    const { page } = this;
    page.state.settings.scene = at + 1;
    // A run that begins with the scene fills it; what the one before has reached is not this scene's.
    SCENES[at].on?.(page);
    page.address.write();
    if (this.filled !== SCENES[at]) this.fill();
    this.parts.scene.focus({ preventScroll: true });
    if (this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView({ block: 'start' });
  }

  show(shown) {
    if (!shown) {
      for (const lit of document.querySelectorAll('.lit')) lit.classList.remove('lit');
      return;
    }
    const first = !this.filled;
    // An address that names a scene and nothing else asks for that scene's state.
    if (first && this.page.controls.isUntouched) SCENES[this.at].on?.(this.page);
    this.fill();
  }

  async fill() {
    const scene = SCENES[this.at];
    const { parts } = this;
    this.filled = scene;
    parts['scene-title'].textContent = scene.title;
    parts['scene-text'].innerHTML = scene.text.replace(/\[(.+?)\]([.,;:]?)/g, (_, word, mark) => `<span class="with-mark"><button type="button" class="term" aria-haspopup="true">${word}</button>${mark}</span>`);
    parts['scene-back'].disabled = this.at === 0;
    parts['scene-next'].disabled = this.at === SCENES.length - 1;
    this.place.textContent = `Scene ${this.at + 1} of ${SCENES.length}`;
    parts['scene-figure'].replaceChildren();
    parts['scene-figure'].hidden = !scene.figure;
    this.figure = undefined;
    this.page.picture.choose(scene.panels);
    for (const lit of document.querySelectorAll('.lit')) lit.classList.remove('lit');
    document.querySelector(scene.highlight)?.classList.add('lit');
    this.judge();
    if (!scene.figure) return;
    await this.page.begun;
    const { mount: build } = await scene.figure();
    if (this.filled !== scene || this.figure) return;
    this.figure = build(parts['scene-figure'], this.page);
    this.figure.update(this.page.state, new Set(['theme', 'system', 'estimate', 'map', 'size', 'probe']));
  }

  /** The reader has done something that a scene waits for. */
  note(deed) {
    this.deeds[deed] = true;
    this.judge();
  }

  /** Parts of the page's state have changed. */
  mark(...names) {
    const { state } = this.page;
    if (!this.filled || this.root.hidden) return;
    if (SCENES[this.at] !== this.filled) this.fill();
    if (names.includes('layer') && state.layer !== this.deeds.layer) {
      this.deeds.layer = state.layer;
      this.deeds.layers.add(Math.round(state.layer));
    }
    this.figure?.update(state, new Set(names));
    if (names.some((name) => name === 'estimate' || name === 'layer' || name === 'settings')) this.judge();
  }

  /** Whether the scene's task is done, and how the list of scenes shows it. */
  judge() {
    const scene = this.filled;
    const { state, state: { settings, step, estimate } } = this.page;
    if (!this.finished.has(scene.id) && scene.done({ ...this.deeds, settings, step, estimate, state })) {
      this.finished.add(scene.id);
      this.page.notices.speak('Done.', true);
    }
    const isDone = this.finished.has(scene.id);
    this.parts['scene-task'].className = isDone ? 'done' : '';
    const words = `${isDone ? '✓' : '▸'} ${scene.task}`;
    if (this.parts['scene-task'].textContent !== words) this.parts['scene-task'].textContent = words;
    this.dots.forEach((dot, i) => {
      dot.classList.toggle('done', this.finished.has(SCENES[i].id));
      if (i === this.at) dot.setAttribute('aria-current', 'step');
      else dot.removeAttribute('aria-current');
    });
  }

  /** Opens the card of a word below it; Escape or a click beside it closes it. */
  async explain(term) {
    const { card } = this.parts;
    const { GLOSSARY } = await import('./glossary.js').catch(() => ({ GLOSSARY: {} }));
    card.innerHTML = `<strong>${term.textContent}</strong> ${GLOSSARY[term.textContent] ?? 'This word’s card could not be loaded: check the connection.'}`;
    card.showPopover();
    const box = term.getBoundingClientRect();
    const left = Math.min(box.left, innerWidth - card.offsetWidth - 8);
    card.style.inset = `${Math.min(box.bottom + 4, innerHeight - card.offsetHeight - 8)}px auto auto ${Math.max(8, left)}px`;
  }
}
