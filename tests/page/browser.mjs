// One Chromium for a test file, and pages that report what went wrong in them.
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

/** The address of the page under test. */
export const address = setting('BOLTZFLOW_PAGE');
const executablePath = setting('CHROMIUM');

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the page tests by \`cargo test-all\`, which starts the server and finds Chromium.`);
  return value;
}

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath, args: ['--disable-dev-shm-usage'] });
});
after(() => browser?.close());

/**
 * Calls `check(page, errors)` on a fresh blank page with these options (viewport, colour scheme, …); `errors` collects console errors and uncaught exceptions.
 * A failing check carries the page's status line and those errors, for a refused module shows as a time-out otherwise.
 */
export async function onPage(check, options = {}) {
  const page = await browser.newPage(options);
  // A busy machine may take long for anything; no time is tested here, and what never comes ends the wait some day.
  page.setDefaultTimeout(300_000);
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await check(page, errors);
  } catch (cause) {
    const status = await page.locator('#status').textContent({ timeout: 1000 }).catch(() => 'none');
    throw new Error(`${cause.message}\n#status: ${status}\nerrors on the page: ${errors.join('\n') || 'none'}`, { cause });
  } finally {
    await page.close();
  }
}

/** Waits until the status line has left its first text, and returns it. */
export async function settledStatus(page) {
  await page.waitForFunction(() => !document.getElementById('status').textContent.startsWith('Loading'));
  return page.locator('#status').textContent();
}

/** Waits until training has paused itself at its end and everything shown belongs to it. */
export async function trained(page) {
  await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest);
}

/** The texts of the page's notices, a line each, seen in this view or not; of the state's digest; and of the result. */
export async function told(page) {
  const text = (selector) => page.locator(selector).innerText();
  const notice = await page.locator('.notice').evaluateAll((lines) => lines.map((line) => line.textContent).join('\n'));
  return { notice, digest: await text('#digest'), result: await text('#result') };
}
