// A system of the visitor's own: a formula, wells dug with the pointer or by keys, pasted samples; and systems of many dimensions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSamples } from '../../www/src/system/samples.js';
import { MOST_WELLS, readWells, wellAt, writeWells } from '../../www/src/system/wells.js';
import { address, onPage, told, trained } from './browser.mjs';

const own = `${address}#preset=own&iterations=5&batch=64`;
const setting = (page, key) => page.evaluate((name) => globalThis.boltzflowPage.state.settings[name], key);

async function openOwn(page, hash = own) {
  await page.goto(hash);
  await trained(page);
  await page.locator('#own-formula').waitFor();
}

test('wells go into the address and come back', () => {
  const wells = [[-1.5, 0.25, 6, 0.6], [1, 0, -2, 1]];
  assert.deepEqual(readWells(writeWells(wells)), wells);
  assert.equal(writeWells([]), 'none');
  assert.deepEqual(readWells('none'), []);
  assert.equal(wellAt(wells, [1.2, 0.3]), 1);
  assert.equal(wellAt(wells, [0, 3]), -1);
});

test('pasted samples are two columns, and garbage is told in one sentence with its line', () => {
  const rows = Array.from({ length: 10 }, (_, i) => `${i / 10},${5 - i}`);
  assert.equal(readSamples(rows.join('\n')).x.length, 20);
  assert.equal(readSamples(`x,y\r\n${rows.join('\r\n')}\r\n\r\n`).x.length, 20);
  assert.deepEqual(Array.from(readSamples(rows.join('\n').replaceAll(',', '\t')).x.slice(0, 4)), [0, 5, 0.1, 4]);
  for (const [text, words] of [
    ['', /There are 0 samples; at least 8/],
    [rows.slice(0, 3).join('\n'), /There are 3 samples/],
    [`${rows.join('\n')}\n1,2,3`, /^Line 11 holds 3 values; each line holds two numbers/],
    [`${rows.join('\n')}\n1`, /^Line 11 holds 1 value;/],
    [`${rows.join('\n')}\n1,two`, /^Line 11 holds “two”, which is not a number/],
    ['<html><body>404</body></html>\n<p>', /^Line 2 holds 1 value/],
    [`0,1\n1,NaN\n${rows.join('\n')}`, /^Line 2 holds “NaN”/],
    [`1,\n${rows.join('\n')}`, /^Line 1 holds an empty value;/],
  ]) assert.match(readSamples(text).fault, words, text);
});

test('a formula is checked while it is typed, its faults are placed, and a good one is learnt', () =>
  onPage(async (page, errors) => {
    await openOwn(page);
    const field = page.locator('#own-formula');
    const fault = page.locator('#own-fault');
    await field.fill('x^4 - 6*x^2 + ');
    assert.match(await fault.innerText(), /character 15: the formula ends where a value is expected/);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.press('Enter');
    assert.equal(await setting(page, 'formula'), '(x^2 + y^2)/4', 'a bad formula is not taken');
    await field.fill('alert(1)');
    assert.match(await fault.innerText(), /'alert' is not known/);
    assert.equal(await fault.locator('mark').innerText(), 'a');
    await field.fill('x^4 - 6*x^2 + x + y^2/2');
    await field.press('Enter');
    await page.waitForFunction(() => location.hash.includes('formula='));
    await trained(page);
    assert.equal(await fault.innerText(), '');
    assert.deepEqual(errors, []);
  }));

test('a typed formula is the whole energy: the wells of the example go, those of the visitor stay', () =>
  onPage(async (page, errors) => {
    await openOwn(page);
    const exact = () => page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f_exact);
    assert.notEqual(await setting(page, 'wells'), 'none');
    const field = page.locator('#own-formula');
    await field.fill('x^4 - 3*x^2 + y^2 + x*y');
    assert.match(await page.locator('#own-plane').getAttribute('aria-label'), /without wells/, 'as soon as it is typed');
    await field.press('Enter');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.wells === 'none');
    await trained(page);
    assert.ok(Math.abs(await exact()) < 1e-6, `the formula is symmetric, exact ΔF ${await exact()}`);
    assert.match(new URL(page.url()).hash, /wells=none/);
    await page.locator('#well-add').press('Enter');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.wells === '0,0,5,0.6');
    await field.fill('x^4 - 3*x^2 + y^2');
    await field.press('Enter');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.formula === 'x^4 - 3*x^2 + y^2');
    assert.equal(await setting(page, 'wells'), '0,0,5,0.6');
    assert.deepEqual(errors, []);
  }));

test('an energy that the engine refuses is told beside the formula, and the landscape before goes on', () =>
  onPage(async (page, errors) => {
    await openOwn(page, `${address}#preset=own&iterations=20&batch=64&formula=(x^2%2By^2)/2&wells=none`);
    const before = await told(page);
    const hash = new URL(page.url()).hash;
    const field = page.locator('#own-formula');
    await field.fill('log(x) + y^2');
    await field.press('Enter');
    await page.waitForFunction(() => document.getElementById('own-formula').getAttribute('aria-invalid') === 'true');
    assert.match(await page.locator('#own-fault').innerText(), /finite|equilibrium/);
    assert.equal(await setting(page, 'formula'), '(x^2+y^2)/2');
    assert.equal(new URL(page.url()).hash, hash);
    assert.equal((await told(page)).digest, before.digest, 'the run before is still there, trained');
    await page.locator('#step').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 21);
    assert.deepEqual(errors, []);
  }));

test('wells are dug, moved and removed with the pointer and by keys, and the exact answer follows', () =>
  onPage(async (page, errors) => {
    await openOwn(page, `${address}#preset=own&iterations=5&batch=64&formula=(x^2%2By^2)/2&wells=none`);
    const exact = () => page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f_exact);
    assert.ok(Math.abs(await exact()) < 1e-6, 'the bare bowl is symmetric');
    const canvas = await page.locator('#own-plane').boundingBox();
    const at = (x, y) => [canvas.x + ((x + 3) / 6) * canvas.width, canvas.y + ((3 - y) / 6) * canvas.height];
    await page.mouse.move(...at(1, 0));
    await page.mouse.down();
    await page.mouse.move(...at(1.5, 0.5));
    await page.mouse.up();
    await page.waitForFunction(() => /^1\.\d+,0\.\d+,5,0\.6$/.test(globalThis.boltzflowPage.state.settings.wells));
    await trained(page);
    assert.ok(await exact() < -1, 'the new well draws weight to the right');
    // The same by keys: a well in the middle, moved to the left by its slider.
    await page.locator('#well-add').press('Enter');
    await page.locator('#well-x').focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.wells.includes(';-0.1,0,5,0.6'));
    assert.match(await page.locator('#own-plane').getAttribute('aria-label'), /a well of 5\.0 kT at \(1\.\d, 0\.\d\), a well of 5\.0 kT at \(−0\.1, 0\.0\)/);
    await page.locator('#well-remove').press('Enter');
    await page.locator('#well-remove').press('Enter');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.wells === 'none');
    assert.ok(await page.locator('#well-remove').isDisabled());
    const many = Array.from({ length: MOST_WELLS }, (_, i) => `${(i % 5) - 2},${Math.floor(i / 5) - 2},1,0.3`);
    await page.goto(`${address}#preset=own&iterations=5&batch=64&wells=${many.join(';')}`);
    await page.waitForFunction((count) => document.querySelectorAll('#well-chosen option').length === count, MOST_WELLS);
    await page.locator('#well-add').click();
    await page.waitForFunction(() => /24 wells already/.test(document.getElementById('notice').innerText));
    assert.deepEqual(errors, []);
  }));

test('pasted samples are learnt from', () =>
  onPage(async (page, errors) => {
    await openOwn(page);
    await page.locator('#own-samples summary').click();
    await page.locator('#own-csv').fill('no numbers here\nat all');
    await page.locator('#own-csv-use').click();
    assert.match(await page.locator('#own-csv-fault').innerText(), /^Line 1 holds 3 values|^Line 2 holds 2|^Line 2 holds “at”/);
    const samples = Array.from({ length: 200 }, (_, i) => `${2 + 0.1 * Math.sin(i)}, ${-2 + 0.1 * Math.cos(2 * i)}`);
    await page.locator('#own-csv').fill(`x,y\n${samples.join('\n')}`);
    await page.locator('#own-csv-use').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.run.samples?.length === 400);
    await trained(page);
    const examples = await page.evaluate(() => Array.from(globalThis.boltzflowPage.state.map.example_x));
    assert.ok(examples.length > 100);
    for (let i = 0; i < examples.length; i += 2) assert.ok(Math.hypot(examples[i] - 2, examples[i + 1] + 2) < 0.2);
    await page.locator('#own-csv-drop').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.run.samples === undefined);
    await trained(page);
    assert.deepEqual(errors, []);
  }));

test('many wells train in any even number of dimensions, with an honest list of states', () =>
  onPage(async (page, errors) => {
    for (const dim of [2, 8, 32]) {
      await page.goto(`${address}#preset=many-well-live&iterations=5&batch=64&dim=${dim}`);
      await page.waitForFunction((d) => globalThis.boltzflowPage?.state.settings.dim === d, dim);
      await trained(page);
      const { exact, states, z } = await page.evaluate(() => {
        const { estimate: e, map } = globalThis.boltzflowPage.state;
        return { exact: e.delta_f_exact, states: e.states.map(({ name, reference }) => [name, reference]), z: map.z.length };
      });
      assert.ok(Math.abs(exact + 1.6906) < 1e-3, `dim ${dim}: ΔF of a pair ${exact}`);
      assert.ok(z > 500);
      const sum = states.reduce((all, [, p]) => all + p, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9, `dim ${dim}: states ${JSON.stringify(states)}`);
      if (dim === 32) assert.ok(states.length > 4 && states.every(([name, p]) => / of 16 positive$/.test(name) && p >= 0.02), JSON.stringify(states));
    }
    await page.locator('#set-dim').fill('6');
    await page.waitForFunction(() => location.hash.includes('dim=6'));
    await trained(page);
    assert.deepEqual(errors, []);
  }));
