// Fresh projects with the packed package installed, as its users have them.
import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The packed package, the folder it was packed from, and the native program. */
export const tarball = setting('BOLTZFLOW_PACKAGE');
export const folder = join(dirname(tarball), 'boltzflow');
export const native = setting('BOLTZFLOW_NATIVE');

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the package tests by \`cargo test-all\`, which packs the package and builds the program.`);
  return value;
}

/** Calls `use(project)` in a project of these files, in which the package is installed; the project goes afterwards. */
export async function inProject(files, use) {
  const root = mkdtempSync(join(tmpdir(), 'boltzflow-project-'));
  try {
    write(root, { 'package.json': JSON.stringify({ name: 'project', private: true, type: 'module' }), ...files });
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--offline', tarball], root);
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function write(root, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** Runs a program; its output. What it says is in the error if it fails. */
export function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? error}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** The path of the program of a development tool. */
export function tool(name, bin) {
  const manifest = fileURLToPath(new URL(`../../node_modules/${name}/package.json`, import.meta.url));
  const { bin: programs } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof programs === 'string' ? programs : programs[bin]);
}

/** Runs a script of Node in a project; what it printed as JSON. */
export const script = (root, file) => JSON.parse(execFileSync(process.execPath, [file], { cwd: root, encoding: 'utf8' }));

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves a folder, opens its page in Chromium and waits for what that writes as JSON into the element `answer`. */
export async function inChromium(root) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname));
    try {
      const content = readFileSync(join(root, path.endsWith('/') ? `${path}index.html` : path));
      response.writeHead(200, { 'Content-Type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const browser = await chromium.launch({ executablePath: setting('CHROMIUM'), args: ['--disable-dev-shm-usage'] });
  const errors = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => document.getElementById('answer').textContent.startsWith('{'), null, { timeout: 300_000 });
    return JSON.parse(await page.locator('#answer').textContent());
  } catch (cause) {
    throw new Error(`${cause.message}\nerrors on the page: ${errors.join('\n') || 'none'}`, { cause });
  } finally {
    await browser.close();
    server.close();
  }
}
