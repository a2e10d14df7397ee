// Training in the page: it starts by itself, ends by itself, and its answer is right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, onPage, told, trained } from './browser.mjs';

const estimate = (page) => page.evaluate(() => {
  const { delta_f: value, delta_f_error: error, delta_f_exact: exact, ess, covered, verdict_code: verdict } = globalThis.boltzflowPage.state.estimate;
  return { value, error, exact, ess, covered, verdict };
});

test('the default page trains, pauses itself and agrees with the exact answer', (t) =>
  onPage(async (page, errors) => {
    await page.addInitScript(() => {
      globalThis.longest = 0;
      globalThis.said = [];
      new MutationObserver((changes) => {
        for (const { target } of changes) if (target.id === 'live') globalThis.said.push(target.textContent);
      }).observe(document, { subtree: true, childList: true });
      new PerformanceObserver((list) => {
        for (const { duration, startTime } of list.getEntries()) {
          // Loading is over when the first picture of the running engine is there.
          if (startTime > (globalThis.boltzflowPage?.firstFrame ?? Infinity)) globalThis.longest = Math.max(globalThis.longest, duration);
        }
      }).observe({ type: 'longtask' });
      const watch = () => {
        const e = globalThis.boltzflowPage?.state.estimate;
        if (e && globalThis.boltzflowPage.state.step > 0 && Math.abs(e.delta_f - e.delta_f_exact) <= 0.1 && e.delta_f_error < 0.1) {
          globalThis.within ??= performance.now();
        } else if (e) globalThis.within = undefined;
        requestAnimationFrame(watch);
      };
      watch();
    });
    await page.goto(address);
    await trained(page);
    const { value, error, exact, covered, verdict } = await estimate(page);
    assert.ok(Math.abs(exact - 3.3799) < 1e-3, `exact ${exact}`);
    assert.ok(Math.abs(value - exact) < Math.max(0.1, 4 * error), `${value} ± ${error}, exact ${exact}`);
    assert.equal(covered, 2);
    assert.equal(verdict, 'good');
    assert.match((await told(page)).notice, /paused itself/);
    assert.ok((await page.evaluate(() => globalThis.said)).some((words) => /paused itself/.test(words)), 'screen readers are told');
    assert.match((await told(page)).result, /ΔF \(right − left\)\s+3\.\d+ ± 0\.\d+ kT\s+exact 3\.38/);
    assert.match(await page.locator('#real').getAttribute('aria-label'), /left state.*right state/);
    assert.deepEqual(errors, []);
    const figures = await page.evaluate(() => ({
      'first live frame / ms': Math.round(globalThis.boltzflowPage.firstFrame),
      'ΔF stays within 0.1 kT from / ms': Math.round(globalThis.within),
      'longest task while training / ms (0: none above 50)': Math.round(globalThis.longest),
    }));
    for (const [what, figure] of Object.entries(figures)) t.diagnostic(`${what}: ${figure}`);
  }));

test('the same address leads to the same bits, another seed to others', async () => {
  const run = async (seed) => {
    let digest;
    await onPage(async (page) => {
      await page.goto(`${address}#iterations=40&batch=128&seed=${seed}`);
      await trained(page);
      ({ digest } = await told(page));
    });
    return digest;
  };
  const first = await run(7);
  assert.match(first, /^State at step 40: [0-9a-f]{16}$/);
  assert.equal(await run(7), first);
  assert.notEqual(await run(8), first);
});

test('several notices stand at once: on a slow device training tells that it has paused itself', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#iterations=30&batch=64&view=lab`);
    await page.waitForFunction(() => globalThis.boltzflowPage);
    // As after slow seconds of drawing.
    await page.evaluate(() => globalThis.boltzflowPage.picture.pace.tell());
    await trained(page);
    await page.evaluate(() => globalThis.boltzflowPage.notices.set('failed', 'bad', 'Something has failed.', [['Try', () => {}], ['Leave', () => {}]]));
    const lines = await page.locator('.notice').allInnerTexts();
    const place = (words) => lines.findIndex((line) => words.test(line));
    assert.equal(place(/^Something has failed\./), 0, lines.join('\n'));
    assert.ok(place(/This device draws slowly/) > 0 && place(/paused itself/) > place(/This device draws slowly/), lines.join('\n'));
    assert.equal(await page.locator('#notice').getAttribute('data-level'), 'bad');
    // A notice that is read goes, the others stay; none moves the focus of another.
    await page.locator('.notice button', { hasText: 'Leave' }).focus();
    await page.locator('.notice', { hasText: 'draws slowly' }).locator('button').click();
    await page.waitForFunction(() => !/draws slowly/.test(document.getElementById('notice').textContent));
    assert.match((await told(page)).notice, /Something has failed\..*paused itself/s);
    assert.deepEqual(errors, []);
  }));

test('an answer to an older press does not stop what goes on', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#speed=25&iterations=4000&batch=64`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 2);
    // The worker says that it stands when it is told to go on already.
    await page.evaluate(() => {
      const { run } = globalThis.boltzflowPage;
      const { paused } = run;
      run.paused = (message) => {
        globalThis.late = message.reason;
        paused.call(run, message);
      };
      run.play(false);
      run.play(true);
    });
    await page.waitForFunction(() => globalThis.late === 'asked');
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.running), true);
    assert.match(await page.locator('#play').innerText(), /Pause/);
    assert.deepEqual(errors, []);
  }));

test('a notice whose numbers change keeps its button, says nothing again, and does what it says now', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    const put = (words, level = 'caution', label = 'Add') => page.evaluate(([text, grave, name]) => {
      const { notices } = globalThis.boltzflowPage;
      notices.set('changing', grave, text, [[name, () => { globalThis.did = text; }]]);
      const button = [...document.querySelectorAll('.notice')].find((line) => line.textContent.includes(text)).querySelector('button');
      const isSame = button === globalThis.button;
      globalThis.button = button;
      return { isSame, said: notices.urgent.includes(text) || notices.spoken.includes(text) };
    }, [words, level, label]);
    assert.deepEqual(await put('It holds 1 %.'), { isSame: false, said: true });
    assert.deepEqual(await put('It holds 2 %.'), { isSame: true, said: false });
    await page.locator('.notice button', { hasText: 'Add' }).click();
    assert.equal(await page.evaluate(() => globalThis.did), 'It holds 2 %.');
    assert.deepEqual(await put('It holds 0 %.', 'bad'), { isSame: true, said: true });
    assert.deepEqual(await put('It holds 3 %.', 'bad', 'Add more'), { isSame: false, said: false });
  }));

test('a flow that misses a well is told so, whatever its effective sample size', () =>
  onPage(async (page) => {
    await page.goto(`${address}#preset=double-well-by-energy&iterations=250`);
    await trained(page);
    const { ess, verdict } = await estimate(page);
    const { notice, result } = await told(page);
    assert.equal(verdict, 'missed-state', `effective sample size ${ess}`);
    assert.match(notice, /effective sample size is \d+ %, but the flow misses the state “right”.*Add examples/s);
    assert.match(result, /one state is missing|differs by/);
    assert.doesNotMatch(result, /\bagrees\b/);
    await page.locator('#notice button', { hasText: 'Add examples' }).click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step > 0);
    await page.waitForFunction(() => /w_ml=6.*example_chains=2|example_chains=2.*w_ml=6/.test(location.hash));
  }));

test('“Looks perfect. Is wrong.”: the slider “Learn from examples” makes examples, as the button does', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#preset=double-well-by-energy&iterations=30&batch=64`);
    await trained(page);
    await page.locator('#set-w_ml').fill('3');
    await page.waitForFunction(() => /w_ml=3.*example_chains=2|example_chains=2.*w_ml=3/.test(location.hash));
    await page.waitForFunction(() => globalThis.boltzflowPage.state.system?.has_examples);
    await trained(page);
    const { notice } = await told(page);
    assert.match(notice, /Started anew, with examples from two short chains/);
    assert.equal(await page.locator('#notice').getAttribute('data-level'), await page.evaluate(() => (globalThis.boltzflowPage.notices.shown.has('few') || globalThis.boltzflowPage.notices.shown.has('collapse') ? 'caution' : 'info')));
    // Without walks there is nothing to learn from: said, and put back.
    await page.locator('#system summary', { hasText: 'Network' }).click();
    await page.locator('#set-example_chains').fill('0');
    await page.locator('#set-example_chains').press('Enter');
    await page.waitForFunction(() => document.getElementById('set-example_chains').value === '2');
    assert.match((await told(page)).notice, /Without chains there are no examples/);
    assert.deepEqual(errors, []);
  }));

test('the weights of the losses change while training goes on, and the address follows', () =>
  onPage(async (page) => {
    await page.goto(`${address}#speed=25&iterations=4000`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 3);
    await page.locator('#set-w_kl').fill('0.5');
    await page.waitForFunction(() => location.hash.includes('w_kl=0.5'));
    const before = await page.evaluate(() => globalThis.boltzflowPage.state.step);
    await page.waitForFunction((step) => globalThis.boltzflowPage.state.step > step, before);
    await page.keyboard.press('Tab'); // leaves the slider
    await page.locator('#play').click();
    await page.waitForFunction(() => document.getElementById('digest').textContent.includes('settings changed at step'));
    // Nothing to learn from is refused in words.
    await page.locator('#set-w_ml').fill('0');
    await page.locator('#set-w_kl').fill('0');
    await page.waitForFunction(() => document.getElementById('notice').innerText.includes('something to learn from'));
    await page.waitForFunction(() => document.getElementById('set-w_kl').value === '0.5');
  }));

test('every system of the page trains', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#iterations=5&batch=64`);
    await trained(page);
    const names = await page.locator('.thumbs input').evaluateAll((inputs) => inputs.map((input) => input.value));
    assert.ok(names.length >= 4, names.join());
    for (const name of names) {
      await page.goto(`${address}#preset=${name}&iterations=5&batch=64`);
      await page.waitForFunction((preset) => globalThis.boltzflowPage.state.settings.preset === preset, name);
      await trained(page);
      await page.waitForFunction((name) => document.querySelector('.thumbs input:checked')?.value === name, name);
      const e = await estimate(page);
      assert.ok(Number.isFinite(e.exact), `${name}: no exact ΔF`);
    }
    assert.deepEqual(errors, []);
  }));

test('a point and its partner are marked, from either plane and by the sliders', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    const found = () => page.evaluate(() => globalThis.boltzflowPage.state.probe);
    await page.locator('#probe-z1').fill('1.5');
    await page.waitForFunction(() => /^z \(1\.50, 0\.00\) ⇄ x \(.*\)\. Energy .* kT, log\|det J\| .*, weight/.test(document.getElementById('probe-text').textContent));
    const { z, x } = await found();
    await page.locator('#real').hover({ position: { x: 100, y: 100 } });
    await page.waitForFunction((before) => globalThis.boltzflowPage.state.probe.x[0] !== before, x[0]);
    assert.notDeepEqual((await found()).z, z);
    // The layer slider shows the way: through no layer the samples are the Gaussian's.
    await page.locator('#layer').fill('0');
    await page.waitForFunction(() => {
      const { map, layer } = globalThis.boltzflowPage.state;
      return layer === 0 && map.x.every((v, i) => v === map.z[i]);
    });
    assert.equal(await page.locator('#layer-text').innerText(), '0 of 8');
  }));
