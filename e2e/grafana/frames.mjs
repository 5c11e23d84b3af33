// Frames of what Prometheus answered, as Grafana's data source for Prometheus
// makes them: one for each series, and a single one for a table. A query without
// a result has a frame without fields.
import { data } from './data.mjs';

const { FieldType, DataFrameType, sortDataFrame } = data;

// framesOf returns the frames of all of a panel's queries. Each has a refId,
// format, legendFormat, expr, step (ms; 0 for an instant query) and the result.
export function framesOf(queries) {
  const isTable = (frame) => queries.find((q) => q.refId === frame.refId).format === 'table';
  const all = queries.flatMap((q) => (q.result.length > 0 ? q.result.map((series) => frameOf(q, series)) : [emptyFrame(q)]));
  return [...all.filter((f) => !isTable(f)), ...tables(all.filter(isTable))];
}

function emptyFrame({ refId }) {
  return { name: '', refId, length: 0, fields: [], meta: { type: DataFrameType.TimeSeriesMulti } };
}

function frameOf(query, { metric, value, values }) {
  const points = values ?? [value];
  const { __name__: name, ...labels } = metric;
  const legend = legendOf(query, metric);
  return {
    name: legend,
    refId: query.refId,
    length: points.length,
    meta: { type: DataFrameType.TimeSeriesMulti, custom: { resultType: query.step ? 'matrix' : 'vector' } },
    fields: [
      { name: 'Time', type: FieldType.time, config: query.step ? { interval: query.step } : {}, values: points.map(([t]) => Math.round(t * 1000)) },
      {
        name: name ?? 'Value', type: FieldType.number, labels: name ? { __name__: name, ...labels } : labels,
        config: legend ? { displayNameFromDS: legend } : {},
        values: points.map(([, v]) => number(v)),
      },
    ],
  };
}

function number(text) {
  return /^[+-]?inf/i.test(text) ? (text[0] === '-' ? -Infinity : Infinity) : parseFloat(text);
}

// legendOf names a series: {{label}} is replaced by a label's value; with an empty
// pattern or __auto, Grafana names it.
function legendOf({ legendFormat, expr }, metric) {
  if (legendFormat === '__auto') {
    return Object.keys(metric).length > 0 ? '' : expr;
  }
  if (!legendFormat) {
    const { __name__: name = '', ...labels } = metric;
    const inside = Object.entries(labels).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(', ');
    return name || inside ? `${name}{${inside}}` : expr;
  }
  return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? '');
}

// tables makes one frame of each query's series: a row for each point, a column
// for each label.
function tables(frames) {
  if (frames.length === 1 && frames[0].length === 0) {
    return frames;
  }
  const refIds = [...new Set(frames.map((f) => f.refId))];
  return refIds.map((refId) => {
    const of = frames.filter((f) => f.refId === refId);
    const labels = [];
    for (const f of of) {
      for (const l of Object.keys(f.fields[1]?.labels ?? {}).sort()) {
        if (!labels.includes(l)) {
          labels.push(l);
        }
      }
    }
    const column = (name, type, pick) => ({ name, type, config: {}, values: of.flatMap((f) => f.fields[1]?.values.map((_, i) => pick(f, i)) ?? []) });
    const frame = {
      refId,
      meta: of[0].meta,
      fields: [
        { ...column('Time', FieldType.time, (f, i) => f.fields[0].values[i]), config: { ...of[0].fields[0]?.config } },
        ...labels.map((l) => ({ ...column(l, FieldType.string, (f) => f.fields[1].labels[l] ?? ''), config: { filterable: true } })),
        column(refIds.length > 1 ? `Value #${refId}` : 'Value', FieldType.number, (f, i) => f.fields[1].values[i]),
      ],
    };
    frame.length = frame.fields[0].values.length;
    const times = frame.fields[0].values;
    return times.some((t, i) => t < times[i - 1]) ? sortDataFrame(frame, 0) : frame;
  });
}
