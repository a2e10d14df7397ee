// The bars of the page, measured in Chromium: cargo xtask bench --page [BAR …]. Prints a table in Markdown; the names are the
// keys of bars.mjs. Nothing here passes or fails: times belong to the machine, and what can be asserted is in tests/page.
import { chromium } from 'playwright-core';
import { bars } from './bars.mjs';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !bars[name]);
if (unknown.length > 0) {
  console.error(`There is no bar “${unknown.join('”, “')}”; there are ${Object.keys(bars).join(', ')}.`);
  process.exit(1);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-dev-shm-usage', '--enable-precise-memory-info'] });

/** Calls `use(page)` on a blank page of a fresh profile, and returns what it returns. */
async function onPage(use, options) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(180_000);
    return await use(page);
  } finally {
    await context.close();
  }
}

const rows = [['bar', 'target', 'measured']];
try {
  for (const name of names.length > 0 ? names : Object.keys(bars)) {
    console.error(`  measuring ${name}`);
    const { what, target, measure } = bars[name];
    rows.push([what, target, await measure({ onPage, address: process.env.BOLTZFLOW_PAGE })]);
  }
} finally {
  await browser.close();
}
const line = (cells) => `| ${cells.join(' | ')} |`;
console.log([line(rows[0]), line(rows[0].map(() => '---')), ...rows.slice(1).map(line)].join('\n'));
