// The address follows the page, and the page follows the address.
import { ofPage } from '../settings.js';
import { VIEWS } from '../views.js';
/** @import { Page, Settings } from '../types.d.ts' */

/** What the address says of settings: nothing where it is a link to a place of this page. */
export const hashOf = () => (document.getElementById(location.hash.slice(1)) ? '' : location.hash);

/** The address of a page with these settings. */
const pathOf = (/** @type {string} */ hash) => (hash ? `#${hash}` : location.pathname + location.search);

export class Address {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /**
     * The settings that stand there.
     * @type {Settings}
     */
    this.last = { ...page.state.settings };
  }

  /** Puts the settings there: the way back leads through changes of the system and of the view, all others replace what stands there. */
  write() {
    const { last, page: { schema, state: { settings } } } = this;
    const isStep = settings.preset !== last.preset || settings.view !== last.view;
    this.last = { ...settings };
    const path = pathOf(schema.write(settings));
    if (isStep) history.pushState(null, '', path);
    else history.replaceState(null, '', path);
    for (const { name: view } of VIEWS) /** @type {HTMLAnchorElement} */ (document.getElementById(`view-${view}`)).href = pathOf(schema.write({ ...settings, view }));
  }

  /** Takes over what stands there. */
  read() {
    const { page, page: { run, schema, state } } = this;
    const hash = hashOf();
    // The browser has gone to a place of this page: that changes nothing of the run.
    if (hash !== location.hash) return this.write();
    const { settings, complaints } = schema.open(hash);
    page.notices.complain(complaints);
    const before = state.settings;
    this.last = settings;
    if (schema.write({ ...settings, ...ofPage(before) }) === schema.write(before)) {
      state.settings = settings;
      if (settings.speed !== before.speed && state.running) run.play(true);
      page.mark('settings');
    } else run.restart({ settings, ...(settings.preset !== before.preset && { samples: undefined }) });
    this.write();
    if (settings.view !== before.view) page.screen.show();
    return undefined;
  }
}
