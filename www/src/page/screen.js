// What is on the screen: the view that is open, and how training rests while nobody sees it.
import { loadCharts } from '../draw/chart.js';
import { wordsOf } from '../settings.js';
import { VIEWS, markTab, mountTabs } from '../views.js';
/** @import { Page, View, ViewObject } from '../types.d.ts' */

/** @returns {any} */
const $ = (/** @type {string} */ name) => document.getElementById(name);

export class Screen {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** Training goes on when it is seen again. */
    this.resume = false;
    this.charting = false;
    /**
     * The name of the view that is shown.
     * @type {string | undefined}
     */
    this.shown = undefined;
  }

  /** The view that the settings name. */
  get current() {
    return /** @type {View} */ (VIEWS.find(({ name }) => name === this.page.state.settings.view));
  }

  /**
   * The view that the settings name, if it has been opened.
   * @returns {ViewObject | undefined}
   */
  get open() {
    return this.page.views[this.current.name];
  }

  /**
   * Does something with every view that has been opened.
   * @param {(view: ViewObject) => void} act
   */
  each(act) {
    Object.values(this.page.views).forEach(act);
  }

  /** The tabs, and a place for each view. */
  mount() {
    mountTabs($('views'), $('panels'), (name) => {
      // At once: what follows in the same moment belongs to the view that was chosen.
      if (name === this.current.name) return;
      this.page.state.settings.view = name;
      this.page.address.write();
      this.show();
    });
  }

  connect() {
    document.addEventListener('visibilitychange', () => this.visibility());
    addEventListener('resize', () => this.page.redraw());
  }

  /** Shows the view that the settings name. */
  async show() {
    const { current: view, shown, page, page: { notices, run, state, views } } = this;
    this.shown = view.name;
    if (shown && shown !== view.name) views[shown]?.show(false);
    document.body.dataset.view = view.name;
    markTab(view.name);
    for (const { name, load } of VIEWS) if (load) $(name).hidden = name !== view.name;
    $('panels').hidden = !view.panels;
    $('transport').hidden = !view.trains;
    notices.clear('view-failed', ...(view.panels ? [] : ['state', 'collapse', 'few', 'rewound']));
    if (!view.trains && state.running) {
      run.play(false);
      this.resume = true;
    } else if (view.trains && (this.resume || state.step === 0)) {
      run.play(!document.hidden);
      this.resume = false;
    }
    if (view.panels) page.picture.choose(Array.isArray(view.panels) ? view.panels : undefined);
    page.mark('transport');
    if (view.load) await this.fetch(view, view.load);
  }

  /**
   * Fetches a view when it is first opened.
   * @param {View} view
   * @param {NonNullable<View['load']>} load
   */
  async fetch(view, load) {
    const { page, page: { notices, views } } = this;
    try {
      const { mount } = await load();
      views[view.name] ??= mount($(view.name), page);
    } catch (error) {
      console.error(error);
      if (view === this.current) notices.set('view-failed', 'bad', `The view “${view.label}” could not be loaded: ${wordsOf(error)}.`, [['Try again', () => this.show()]]);
      return;
    }
    if (!view.trains) {
      // Nothing trains here that others could wait for.
      page.begin();
      this.drawCharts();
    }
    if (view === this.current) views[view.name].show(true);
  }

  /** Fetches what draws charts, for which the first step of training does not wait. */
  async drawCharts() {
    if (this.charting) return;
    this.charting = true;
    const { notices } = this.page;
    try {
      await loadCharts();
    } catch (error) {
      console.error(error);
      const again = () => {
        this.charting = false;
        this.drawCharts();
      };
      notices.set('charts', 'caution', 'What draws the charts could not be loaded: check the connection.', [['Try again', again]]);
      return;
    }
    notices.clear('charts');
    this.page.mark('size');
    this.each((view) => view.mark('size'));
  }

  /** Has everything that is shown drawn again, and waits until it is. */
  async drawAnew() {
    const { page, page: { picture } } = this;
    picture.asked.described = -Infinity;
    page.mark('theme', 'map', 'reports', 'estimate', 'weights', 'temperature', 'runs', 'size');
    if (!this.current.panels) this.open?.show(true);
    // A view's own figures need two frames at most.
    for (let i = 0; i < 4 || picture.owes('theme'); i++) await new Promise(requestAnimationFrame);
  }

  visibility() {
    const { run, state } = this.page;
    if (!this.current.trains) return;
    if (document.hidden && state.running) {
      run.play(false);
      this.resume = true;
    } else if (!document.hidden && this.resume) {
      this.resume = false;
      run.play(true);
    } else if (!document.hidden && run.trainWhenReady && state.step === 0) {
      run.play(true);
    }
  }
}
