// Draws dashboards in Chromium.
//
//	node draw.mjs DASHBOARDS OUT < pictures.json
//
// A picture is {name, dashboard, prometheus, now, from, to, mode, height, open, empty}; see
// e2e/grafana/draw. Without OUT nothing is written. Exits with 1 on a problem.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { cutOff, problemsOf } from './checks.mjs';

const here = new URL('.', import.meta.url).pathname;
const [dashboards, out] = process.argv.slice(2);
const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src/page.jsx')], bundle: true, write: false, outdir: '/', format: 'iife', jsx: 'automatic', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
    loader: { '.svg': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.png': 'dataurl', '.ttf': 'dataurl' },
    plugins: [{ name: 'data', setup: (b) => b.onResolve({ filter: /^\.\/data\.mjs$/ }, () => ({ path: join(here, 'src/data.mjs') })) }],
  });
  return new Map(outputFiles.map((f) => [f.path, f.contents]));
}

async function serve() {
  const files = await bundle();
  files.set('/favicon.ico', ' ');
  files.set('/', '<!doctype html><meta charset=utf-8><style>body{margin:0}</style><div id=root></div><div id=grafana-portal-container></div>'
    + '<script>window.__grafana_public_path__ = "/public/"</script><link rel=stylesheet href=/page.css><script src=/page.js></script>');
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const content = files.get(path) ?? asset(path);
    response.writeHead(content ? 200 : 404, { 'content-type': types[path.split('.').pop()] ?? 'text/html' });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

// asset returns an icon or a font of Grafana.
function asset(path) {
  const [, weight] = path.match(/^\/public\/fonts\/inter\/Inter-(\w+)\.woff2$/) ?? [];
  const file = weight
    ? join(here, `node_modules/@fontsource/inter/files/inter-latin-${{ Regular: 400, Medium: 500 }[weight]}-normal.woff2`)
    : join(here, 'node_modules/@grafana/ui/dist/public', path.replace('/public/', '/').replace('/build/', '/'));
  return existsSync(file) ? readFileSync(file) : undefined;
}

async function draw(browser, url, picture) {
  picture.dashboard = JSON.parse(readFileSync(join(dashboards, `${picture.dashboard}.json`)));
  const problems = [];
  const page = await browser.newPage();
  page.on('console', (m) => m.type() === 'error' && problems.push(`console: ${m.text()}`));
  page.on('response', (r) => r.status() >= 400 && problems.push(`status ${r.status()} of ${r.url()}`));
  page.on('pageerror', (err) => problems.push(`error: ${err.stack}`));
  await page.setViewport({ width: 1600, height: 1000 });
  await page.goto(url);
  const panels = await page.evaluate((p) => window.draw(p), picture);
  const height = await page.evaluate(() => new Promise((resolve) => {
    const wait = () => (document.querySelector('#root > div') ? resolve(document.querySelector('#root > div').offsetHeight) : requestAnimationFrame(wait));
    wait();
  }));
  await page.setViewport({ width: 1600, height });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForNetworkIdle({ idleTime: 500 }); // icons
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  problems.push(...problemsOf(picture, panels), ...(await page.evaluate(cutOff)));
  if (out) {
    await page.setViewport({ width: 1600, height: picture.height || height });
    await page.screenshot({ path: join(out, `${picture.name}.png`) });
  }
  await page.close();
  return problems;
}

const server = await serve();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--lang=en-US'],
});
if (out) {
  mkdirSync(out, { recursive: true });
}
for (const picture of JSON.parse(readFileSync(0))) {
  const problems = await draw(browser, `http://127.0.0.1:${server.address().port}/`, picture);
  console.log(`${problems.length > 0 ? 'FAIL' : 'ok  '} ${picture.name}`);
  for (const problem of problems) {
    console.log(`     ${problem}`);
    process.exitCode = 1;
  }
}
await browser.close();
server.close();
