// Models go both ways between the native program and the package.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { fuses } from '../page/machine.mjs';
import { folder, inChromium, inProject, native, run } from './project.mjs';

const { BoltzmannGenerator } = await import(pathToFileURL(join(folder, 'node.js')));

/** The arrays of an archive of npy files, as f64. */
function npz(path) {
  const bytes = readFileSync(path);
  const arrays = {};
  // The central directory, from the end of the file.
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size, name, extra, comment, local] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const key = bytes.toString('utf8', at + 46, at + 46 + name).replace('.npy', '');
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const stored = bytes.subarray(start, start + size);
    const file = method === 8 ? inflateRawSync(stored) : stored;
    const header = file.readUInt16LE(8);
    assert.match(file.toString('latin1', 10, 10 + header), /'<f8', 'fortran_order': False/);
    arrays[key] = Float64Array.from({ length: (file.length - 10 - header) / 8 }, (_, i) => file.readDoubleLE(10 + header + 8 * i));
    at += 46 + name + extra + comment;
  }
  return arrays;
}

async function inFolder(use) {
  const root = mkdtempSync(join(tmpdir(), 'boltzflow-models-'));
  try {
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The largest difference, relative to the numbers' own size where that is above 1. */
const apart = (a, b) => {
  assert.equal(a.length, b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]) / Math.max(1, Math.abs(b[i]))), 0);
};

test('a model that was trained natively gives the same samples here, and the same bits in a browser with relaxed SIMD', () =>
  inFolder(async (root) => {
    const at = (name) => join(root, name);
    run(native, ['train', 'double-well', '--seed', '5', '--set', 'iterations=150', '--set', 'batch=64', '--output', at('run')]);
    run(native, ['export', at('run'), '--precision', 'single', '-o', at('model.safetensors')]);
    run(native, ['sample', at('model.safetensors'), '-n', '700', '--seed', '11', '-o', at('samples.npz')]);
    const expected = npz(at('samples.npz'));
    const model = readFileSync(at('model.safetensors'));
    const generator = await BoltzmannGenerator.load(model);
    const { x, logWeight } = await generator.sample(700, { seed: 11 });
    assert.ok(apart(x, expected.x) < 1e-5, `${apart(x, expected.x)}`);
    assert.ok(apart(logWeight, expected.log_weight) < 1e-4, `${apart(logWeight, expected.log_weight)}`);
    await inProject({
      'model.safetensors': model,
      'index.html': `<!doctype html><p id="answer"></p><script type="module">
        import { BoltzmannGenerator } from './node_modules/boltzflow/index.js';
        import { bestFlavour } from './node_modules/boltzflow/engine.js';
        const generator = await BoltzmannGenerator.load(await (await fetch('model.safetensors')).arrayBuffer());
        const { x } = await generator.sample(700, { seed: 11 });
        document.getElementById('answer').textContent = JSON.stringify({ flavour: bestFlavour(), x: [...x] });
      </script>`,
    }, async (project) => {
      const { flavour, x: bits } = await inChromium(project);
      // Relaxed multiply-adds are fused where the machine has them, as the native program's are.
      if (flavour === 'relaxed' && fuses) assert.deepEqual(bits, [...expected.x]);
      else assert.ok(apart(bits, expected.x) < 1e-5);
    });
  }));

test('a model that was trained here is opened by the native program, with the same samples', () =>
  inFolder(async (root) => {
    const generator = await BoltzmannGenerator.create({ system: 'ring', seed: 3, iterations: 60, batch: 64, example_steps: 1000 });
    await generator.train();
    writeFileSync(join(root, 'model.safetensors'), await generator.save());
    run(native, ['sample', 'model.safetensors', '-n', '300', '--seed', '2', '-o', 'samples.npz'], root);
    const { x } = await generator.sample(300, { seed: 2 });
    assert.ok(apart(x, npz(join(root, 'samples.npz')).x) < 1e-5);
  }));
