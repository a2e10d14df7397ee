// Continuous use of the page, as one who tries everything and starts over: views, systems, seeds, drawing on.

/** Goes round for so many minutes: `{ growth (MB), errors, gaps, longTasks, rounds }`, after one round to warm up. */
export async function continuousUse(page, address, minutes, watchFrames) {
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript(watchFrames);
  await page.goto(address);
  await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);
  await round(page);
  const before = await heap(page);
  await page.evaluate(() => globalThis.watch.forget());
  const end = Date.now() + 60_000 * minutes;
  let rounds = 0;
  for (; Date.now() < end; rounds++) await round(page);
  const { gaps, longTasks } = await page.evaluate(() => {
    const { long } = globalThis.watch;
    return { gaps: long.length, longTasks: long.filter(({ ours }) => ours).length };
  });
  return { growth: (await heap(page) - before) / 2 ** 20, errors, gaps, longTasks, rounds };
}

/** Every view, every system, a new seed, a pause, the keys of the picture. */
async function round(page) {
  const views = await page.locator('#views a').all();
  for (const view of views) {
    await view.click();
    await page.waitForTimeout(1500);
  }
  await page.locator('#view-lab').click();
  for (const name of await page.evaluate(() => globalThis.boltzflowPage.schema.presets.map((preset) => preset.name))) {
    await page.evaluate((preset) => globalThis.boltzflowPage.controls.adopt(preset), name);
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step > 0);
    await page.waitForTimeout(1500);
    for (const key of ['Space', 'ArrowRight', 'g', 'g', 's', 's', 'Space']) await page.keyboard.press(key);
  }
  await page.keyboard.press('n');
  await page.keyboard.press('r');
  await page.waitForFunction(() => globalThis.boltzflowPage.state.step > 0);
  for (const button of await page.locator('[data-save]').all()) {
    const file = page.waitForEvent('download', { timeout: 5000 }).catch(() => {});
    if (await button.isVisible()) await button.click();
    else continue;
    await (await file)?.delete();
  }
}

/** Bytes of the main thread's heap after a collection. */
async function heap(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return usedSize;
}
