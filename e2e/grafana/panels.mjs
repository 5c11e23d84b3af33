// Reads dashboards' panels with what their queries gave, and writes what people
// see: the frames after transformations and overrides with each value's text
// and links, and the values of stats.
//
//	stdin:  [{name, range: {from, to}, variables: {name: [value]}, panels: [{panel, queries}]}]
//	stdout: {name: {title: {frames, stats}}}
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { data, optionsOf } from './data.mjs';
import { framesOf } from './frames.mjs';
import { replacer } from './variables.mjs';

const { lastValueFrom } = createRequire(import.meta.url)('rxjs');
const { applyFieldOverrides, createTheme, formattedValueToString, getFieldDisplayName, getFieldDisplayValues } = data;
const { standardTransformersRegistry, transformDataFrame } = data;

const theme = createTheme();

async function main() {
  const out = {};
  for (const scene of JSON.parse(readFileSync(0, 'utf8'))) {
    out[scene.name] = {};
    const replace = replacer(scene.variables, scene.range);
    for (const { panel } of scene.panels) {
      try {
        out[scene.name][panel.title] = await draw(panel, await framesFor(panel, scene, replace), replace);
      } catch (err) {
        throw new Error(`panel ${JSON.stringify(panel.title)} in ${scene.name}: ${err.message}`, { cause: err });
      }
    }
  }
  process.stdout.write(JSON.stringify(out, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)));
}

// framesFor returns a panel's frames, transformed. A panel of the data source
// -- Dashboard -- has those of another panel.
async function framesFor(panel, scene, replace) {
  const own = (panel.targets ?? []).filter((t) => t.datasource?.uid !== '-- Dashboard --');
  const borrowed = (panel.targets ?? []).filter((t) => t.datasource?.uid === '-- Dashboard --');
  let frames = own.length > 0 ? framesOf(scene.panels.find((p) => p.panel === panel).queries) : [];
  for (const target of borrowed) {
    const source = scene.panels.find((p) => p.panel.id === target.panelId);
    if (!source) {
      throw new Error(`there is no panel ${target.panelId} to take data from`);
    }
    frames = frames.concat(target.withTransforms ? await framesFor(source.panel, scene, replace) : framesOf(source.queries));
  }
  for (const { id } of panel.transformations ?? []) {
    if (!standardTransformersRegistry.getIfExists(id)) {
      throw new Error(`the transformation ${id} is not in Grafana's data package, so it can't be proven`);
    }
  }
  return lastValueFrom(transformDataFrame(panel.transformations ?? [], frames, { interpolate: (s) => replace(s) }));
}

async function draw(panel, frames, replaceVariables) {
  const fieldConfig = panel.fieldConfig ?? { defaults: {}, overrides: [] };
  const drawn = applyFieldOverrides({
    data: frames, fieldConfig, fieldConfigRegistry: optionsOf(fieldConfig), replaceVariables, theme, timeZone: 'utc',
  });
  const reduceOptions = panel.options?.reduceOptions;
  return {
    frames: drawn.filter((frame) => frame.fields.length > 0).map((frame) => ({
      name: frame.name ?? '',
      refId: frame.refId ?? '',
      fields: frame.fields.map((field) => ({
        name: getFieldDisplayName(field, frame, drawn),
        type: field.type,
        unit: field.config.unit ?? '',
        hidden: Boolean(field.config.custom?.hidden || field.config.custom?.hideFrom?.viz),
        labels: field.labels ?? {},
        values: [...field.values].map((v) => (v === undefined ? null : v)),
        texts: [...field.values].map((v) => formattedValueToString(field.display(v))),
        colors: [...field.values].map((v) => field.display(v).color ?? ''),
        links: (field.config.links ?? []).length === 0 ? [] :
          [...field.values].map((_, valueRowIndex) => field.getLinks({ valueRowIndex }).map((l) => l.href)),
      })),
    })),
    stats: !reduceOptions ? [] : getFieldDisplayValues({
      data: drawn, fieldConfig, reduceOptions, replaceVariables, theme, timeZone: 'utc',
      percentChange: panel.options?.showPercentChange,
    }).map(({ display }) => ({
      title: display.title ?? '',
      value: display.numeric,
      text: formattedValueToString(display),
      percentChange: display.percentChange ?? null,
      color: display.color ?? '',
    })),
  };
}

await main();
