// What the panel plugins set where a dashboard has no value.
const custom = {
  timeseries: {
    drawStyle: 'line', lineInterpolation: 'linear', barAlignment: 0, barWidthFactor: 0.6, lineWidth: 1, fillOpacity: 0, gradientMode: 'none', pointSize: 5,
    showPoints: 'auto', spanNulls: false, insertNulls: false, showValues: false, stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto', axisLabel: '',
    axisColorMode: 'text', axisBorderShow: false, scaleDistribution: { type: 'linear' }, axisCenteredZero: false,
    hideFrom: { tooltip: false, viz: false, legend: false }, thresholdsStyle: { mode: 'off' },
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, footer: { reducers: [] } },
};
const colors = { timeseries: 'palette-classic', 'state-timeline': 'continuous-GrYlRd', table: 'thresholds', stat: 'thresholds' };

export function withDefaults({ type, fieldConfig }) {
  const config = structuredClone(fieldConfig ?? { defaults: {}, overrides: [] });
  const d = config.defaults;
  d.custom = { ...custom[type], ...d.custom };
  d.color ??= { mode: colors[type] };
  d.thresholds ??= { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 80, color: 'red' }] };
  config.overrides ??= [];
  const thresholds = [d.thresholds, ...config.overrides.flatMap((o) => o.properties).filter((p) => p.id === 'thresholds').map((p) => p.value)];
  for (const step of thresholds.flatMap((t) => t.steps)) {
    step.value ??= -Infinity;
  }
  return config;
}
