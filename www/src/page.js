// Starts the page: loads the engine, and says in words why it cannot.
import { loadEngine } from '../engine.js';
import { Notices } from './notices.js';
import { Page } from './page/page.js';
import { Session } from './session.js';
import { wordsOf } from './settings.js';
import { compiling } from './start.js';

const KEEP_AFTER_MS = 3000;

/** @returns {any} */
const $ = (/** @type {string} */ name) => document.getElementById(name);
const notices = new Notices($('notice'), $('live'));

main().catch(fatal);

async function main() {
  const session = new Session(compiling);
  const compiled = await compiling;
  const { engine, flavour } = await loadEngine(compiled);
  const page = new Page(engine, compiled, session, notices);
  $('status').textContent = `Engine ${engine.version()}, module ${flavour}`;
  Object.assign(globalThis, { boltzflowPage: page }); // for the console, and for tests
  // A published page keeps itself for later, but not before its first steps of training, which that would slow down.
  if (document.documentElement.dataset.version) page.begun.then(() => setTimeout(() => import('./offline.js').then(({ keep }) => keep(flavour)), KEEP_AFTER_MS));
}

/**
 * The engine cannot load: the text and the still figure stay, and this says why.
 * @param {unknown} error
 */
function fatal(error) {
  const words = wordsOf(error);
  $('status').textContent = words;
  for (const name of ['transport', 'story']) $(name).hidden = true;
  delete document.body.dataset.view;
  notices.clear('state');
  notices.set('failed', 'bad', `${words} You can still read everything; live training is off.`, [['Reload', () => location.reload()]]);
  console.error(error);
}
