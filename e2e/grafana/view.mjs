// A view is a dashboard as a person sees it: its queries are sent to a
// Prometheus as Grafana sends them, and Grafana's own code transforms the results.
import { data } from './data.mjs';
import { framesOf } from './frames.mjs';
import { replacer } from './variables.mjs';

const { applyFieldOverrides, dateMath, dateTime, FieldConfigOptionsRegistry, rangeUtil, standardTransformers, standardTransformersRegistry, transformDataFrame } = data;

standardTransformersRegistry.setInit(() =>
  [...new Map(Object.values(standardTransformers).map((t) => [t.id, t])).values()].map((t) => ({
    id: t.id, name: t.name, defaultOptions: t.defaultOptions, transformation: () => Promise.resolve(t),
  }))
);

const ofDashboard = '-- Dashboard --';
const scrapeInterval = 15_000; // of a data source without one
const ms = (text) => rangeUtil.intervalToMs(text);

// open returns a view of {dashboard, prometheus, now (ms), from, to, variables:
// {name: [value]}}. It fixes the clock at now.
export async function open({ dashboard, prometheus, now, from, to, variables = {} }) {
  Date.now = () => now;
  const bound = (text, roundUp) => (/^\d+$/.test(text) ? dateTime(Number(text)) : dateMath.toDateTime(text, { roundUp, timezone: 'utc' }));
  const range = { from: bound(from, false), to: bound(to, true), raw: { from, to } };
  const view = { dashboard, prometheus, range, panels: dashboard.panels.flatMap((p) => [p, ...(p.panels ?? [])]).filter((p) => p.type !== 'row') };
  view.options = {};
  view.variables = {};
  for (const v of dashboard.templating.list) {
    view.replace = replacer(view.variables, range);
    view.variables[v.name] = await choose(view, v, variables[v.name]);
  }
  view.replace = replacer(view.variables, range);
  view.results = new Map();
  await Promise.all(view.panels.map(async (p) => view.results.set(p.id, await query(view, p))));
  return view;
}

async function choose(view, v, chosen) {
  if (v.type === 'datasource') {
    return { values: chosen ?? ['prometheus'] };
  }
  const [, series, label] = view.replace(v.query.query).match(/^label_values\((.+), (\w+)\)$/);
  const options = await get(view, `label/${label}/values`, { 'match[]': series, start: view.range.from.valueOf() / 1000, end: view.range.to.valueOf() / 1000 });
  view.options[v.name] = options;
  if (chosen) {
    return { values: chosen };
  }
  return v.allValue === undefined ? { values: options.length > 0 ? options : [''], chosen: ['$__all'] } : { values: options, allValue: v.allValue };
}

async function get(view, path, params, found = (d) => d) {
  const response = await fetch(`${view.prometheus}/api/v1/${path}?${new URLSearchParams(params)}`);
  const body = await response.json();
  if (body.status !== 'success' || body.warnings || body.infos) {
    throw new Error(`${path}: ${body.error ?? JSON.stringify(body.warnings ?? body.infos)}\n${params.query}`);
  }
  return found(body.data);
}

// rangeOf is the range of a panel: its own, if the dashboard's is relative.
export function rangeOf({ range }, panel) {
  if (!panel.timeFrom || !rangeUtil.isRelativeTimeRange(range.raw)) {
    return range;
  }
  const to = dateTime(Date.now());
  return { from: dateTime(Date.now() - ms(panel.timeFrom)), to, raw: { from: `now-${panel.timeFrom}`, to: 'now' } };
}

function stepOf(panel, span) {
  const points = panel.maxDataPoints ?? Math.floor((panel.gridPos.w * 1600) / 24);
  return Math.max(scrapeInterval, panel.interval ? ms(panel.interval) : 0, rangeUtil.roundInterval(span / points));
}

// query returns the results of a panel's queries, with what they cost.
async function query(view, panel) {
  const range = rangeOf(view, panel);
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  return Promise.all((panel.targets ?? []).filter((t) => t.datasource.uid !== ofDashboard).map(async (t) => {
    const step = stepOf(panel, to - from);
    const scoped = {
      __interval: { value: `${step / 1000}s` },
      __rate_interval: { value: `${Math.max(step + scrapeInterval, 4 * scrapeInterval) / 1000}s` },
    };
    const expr = replacer(view.variables, range)(t.expr, scoped);
    const align = (at) => (Math.floor(at / step) * step) / 1000;
    const { result, stats } = t.instant
      ? await get(view, 'query', { query: expr, time: to / 1000, stats: 'all' })
      : await get(view, 'query_range', { query: expr, start: align(from), end: align(to), step: step / 1000, stats: 'all' });
    return {
      refId: t.refId, format: t.format, legendFormat: t.legendFormat, expr, step: t.instant ? 0 : step, result,
      samples: stats.samples.totalQueryableSamples,
    };
  }));
}

// frames returns what a panel shows: the results of its queries, or of those of
// the panel that it reuses, transformed, with overrides applied.
export async function frames(view, panel, fieldConfig, theme) {
  const results = (panel.targets ?? []).flatMap((t) => (t.datasource.uid === ofDashboard ? view.results.get(t.panelId) : view.results.get(panel.id).filter((q) => q.refId === t.refId)));
  for (const { id } of panel.transformations ?? []) {
    if (!standardTransformersRegistry.getIfExists(id)) {
      throw new Error(`transformation ${id} is not in Grafana's data package`);
    }
  }
  const transformed = await new Promise((resolve, reject) => {
    transformDataFrame(panel.transformations ?? [], framesOf(structuredClone(results)), { interpolate: view.replace }).subscribe({ next: resolve, error: reject });
  });
  return applyFieldOverrides({ data: transformed, fieldConfig, fieldConfigRegistry: optionsOf(fieldConfig), replaceVariables: view.replace, theme, timeZone: 'utc' });
}

const standard = ['displayName', 'unit', 'min', 'max', 'fieldMinMax', 'decimals', 'color', 'noValue', 'thresholds', 'mappings', 'links', 'actions', 'filterable', 'description'];

// optionsOf registers the options that overrides may set: the standard ones, and
// those of the panel, which begin with custom.
function optionsOf({ defaults, overrides }) {
  const custom = new Set(Object.keys(defaults.custom ?? {}).map((key) => `custom.${key}`));
  for (const { id } of overrides.flatMap((o) => o.properties)) {
    if (id.startsWith('custom.')) {
      custom.add(id);
    } else if (!standard.includes(id)) {
      throw new Error(`an override sets ${id}, which is not an option of fields`);
    }
  }
  const registry = new FieldConfigOptionsRegistry();
  for (const id of [...standard, ...custom]) {
    const isCustom = custom.has(id);
    registry.register({
      id, name: id, isCustom, path: isCustom ? id.slice('custom.'.length) : id,
      process: (value) => value, shouldApply: () => true, override: () => null, editor: () => null, settings: {},
    });
  }
  return registry;
}
