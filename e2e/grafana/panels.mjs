// Writes what people see of dashboards: the frames after transformations and
// overrides with each value's text and links, and the values of stats.
//
//	stdin:  [{name, dashboard, prometheus, now, from, to, variables}], see view.mjs; dashboard is a file
//	stdout: {name: {options: {variable: [value]}, samples, panels: {title: {frames, stats}}}}
import { readFileSync } from 'node:fs';
import { data } from './data.mjs';
import { frames, open } from './view.mjs';

const { createTheme, formattedValueToString, getFieldDisplayName, getFieldDisplayValues } = data;
const theme = createTheme();

const out = {};
for (const scene of JSON.parse(readFileSync(0, 'utf8'))) {
  const view = await open({ ...scene, dashboard: JSON.parse(readFileSync(scene.dashboard)) });
  const panels = {};
  for (const panel of view.panels) {
    try {
      panels[panel.title] = await read(view, panel);
    } catch (err) {
      throw new Error(`panel "${panel.title}" in ${scene.name}: ${err.message}`, { cause: err });
    }
  }
  out[scene.name] = { options: view.options, samples: [...view.results.values()].flat().reduce((sum, q) => sum + q.samples, 0), panels };
}
process.stdout.write(JSON.stringify(out, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? null : v)));

async function read(view, panel) {
  const { fieldConfig } = panel;
  const shown = await frames(view, panel, fieldConfig, theme);
  const { reduceOptions } = panel.options;
  return {
    frames: shown.filter((frame) => frame.fields.length > 0).map((frame) => frame.fields.map((field) => ({
      name: getFieldDisplayName(field, frame, shown),
      type: field.type,
      values: [...field.values],
      texts: [...field.values].map((v) => formattedValueToString(field.display(v))),
      colors: [...field.values].map((v) => field.display(v).color ?? ''),
      missing: formattedValueToString(field.display(null)),
      links: field.config.links?.length > 0 ? [...field.values].map((_, valueRowIndex) => new URL(field.getLinks({ valueRowIndex })[0].href, 'http://localhost').href) : [],
    }))),
    stats: !reduceOptions ? [] : getFieldDisplayValues({
      data: shown, fieldConfig, reduceOptions, replaceVariables: view.replace, theme, timeZone: 'utc',
    }).map(({ display }) => ({ title: display.title ?? '', text: formattedValueToString(display), value: display.numeric, color: display.color ?? '' })),
  };
}
