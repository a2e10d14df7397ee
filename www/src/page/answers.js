// What the worker tells: kept in the state, and drawn in the next frame.
import { explain } from '../explain.js';
/** @import { Failure, Page } from '../types.d.ts' */
/** @import { FromWorker } from '../messages.d.ts' */

export class Answers {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {FromWorker<'ready'>} message */
  ready(message) { this.page.run.ready(message); }

  /** @param {FromWorker<'paused'>} message */
  paused(message) { this.page.run.paused(message); }

  /** @param {FromWorker<'adjusted'>} message */
  adjusted(message) { this.page.controls.adjusted(message); }

  /** @param {FromWorker<'refused'>} message */
  refused(message) { this.page.run.refused(message); }

  /** @param {FromWorker<'replayed'>} message */
  replayed(message) { this.page.past.replayed(message); }

  /** @param {FromWorker<'resumed'>} message */
  resumed(message) { this.page.past.resumed(message); }

  /** @param {FromWorker<'nextStep'>} message */
  nextStep(message) { this.page.past.slow?.show(message); }

  /** @param {Failure} error */
  failed(error) { this.page.run.failed(error); }

  /** @param {FromWorker<'probe'>} message */
  probe({ found }) {
    this.page.state.probe = found;
    this.page.mark('probe');
  }

  /** @param {FromWorker<'view'>} message */
  view({ step, total, rate, reports, map, mapCost, overlays, estimate, estimateCost }) {
    const { page, page: { notices, state } } = this;
    page.picture.received({ map: mapCost, estimate: estimateCost });
    // Whether it runs is known here: an answer under way may be older than the last press.
    Object.assign(state, { step, total, rate });
    page.mark('transport');
    if (reports.length) {
      const rewound = state.history.add(reports);
      state.last = state.history.recent();
      page.mark('reports');
      if (rewound) {
        state.history.note({ step: rewound.to, what: `back from step ${rewound.at}, where training blew up: half the learning rate` });
        notices.clear('rewound');
        notices.set('rewound', 'caution', `Training blew up at step ${rewound.at}; it went back to step ${rewound.to} with half the learning rate.`);
      }
    }
    if (map) {
      Object.assign(state, { map, overlays });
      page.mark('map');
      page.firstFrame ??= performance.now();
    }
    if (step > 0) page.firstStep ??= performance.now();
    if (step > 0 || estimate) {
      page.begin();
      page.screen.drawCharts();
    }
    if (estimate) {
      // With the step it belongs to: the next one may come much later.
      state.estimate = { ...estimate, step };
      page.mark('estimate');
    }
    if (page.screen.current.panels) explain(page);
  }
}
