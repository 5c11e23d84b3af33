// A replacement for Grafana's state timeline, which is not in an npm package.
import { dateTime, getFieldDisplayName } from '@grafana/data';

export function Timeline({ frames, width, height, range, perPage, theme }) {
  const rows = frames.flatMap((frame) => frame.fields.filter((f) => f.type === 'number').map((f) => ({
    name: getFieldDisplayName(f, frame, frames), times: frame.fields[0].values, step: frame.fields[0].config.interval, values: f.values, display: f.display,
  })));
  const shown = rows.slice(0, perPage ?? rows.length);
  const label = Math.min(Math.max(...shown.map((r) => r.name.length)) * 6.2 + 16, width / 3);
  const from = range.from.valueOf();
  const x = (at) => label + (Math.max(at - from, 0) / (range.to.valueOf() - from)) * (width - label - 8);
  const row = (height - (rows.length > shown.length ? 50 : 24)) / shown.length;
  const time = (at) => dateTime(at).utc().format('MM/DD HH:mm');
  const secondary = { fontSize: 12, fill: theme.colors.text.secondary };
  return (
    <svg width={width} height={height} style={{ fontSize: 12 }}>
      {shown.map((r, i) => (
        <g key={r.name}>
          <text x={label - 6} y={(i + 0.5) * row + 4} textAnchor="end" fill={theme.colors.text.primary}>{r.name}</text>
          {runs(r).map(({ from, to, value }) => (
            <rect key={from} x={x(from)} y={(i + 0.1) * row} width={Math.max(x(to) - x(from), 1)} height={row * 0.8} fill={r.display(value).color} fillOpacity={0.7} />
          ))}
        </g>
      ))}
      <text x={label} y={shown.length * row + 16} {...secondary}>{time(range.from)}</text>
      <text x={width - 8} y={shown.length * row + 16} textAnchor="end" {...secondary}>{time(range.to)}</text>
      {rows.length > shown.length && <text x={width / 2} y={height - 8} textAnchor="middle" {...secondary}>page 1 of {Math.ceil(rows.length / shown.length)}</text>}
    </svg>
  );
}

// runs merges equal values that follow each other.
function runs({ times, values, step }) {
  const all = [];
  values.forEach((value, i) => {
    const last = all.at(-1);
    if (last?.value === value && last.to === times[i]) {
      last.to += step;
    } else if (value !== null) {
      all.push({ from: times[i], to: times[i] + step, value });
    }
  });
  return all;
}
