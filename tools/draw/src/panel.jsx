// A panel, drawn by the components that Grafana's panels use.
import {
  applyNullInsertThreshold, cacheFieldDisplayNames, FieldType, getDisplayProcessor, getDisplayValueAlignmentFactors, getFieldDisplayValues, getFieldSeriesColor, getFieldDisplayName, nullToValue,
} from '@grafana/data';
import { BigValue, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { TimeSeries } from '../node_modules/@grafana/ui/dist/esm/graveyard/TimeSeries/TimeSeries.mjs';
import { Timeline } from './timeline.jsx';

export const isEmpty = (frames) => frames.every((f) => f.length === 0 || f.fields.length === 0);

// graphable is Grafana's prepareGraphableFields for time series.
export function graphable(series, range, theme) {
  cacheFieldDisplayNames(series);
  let index = 0;
  return series.map((frame) => nullToValue(applyNullInsertThreshold({ frame, refFieldPseudoMin: range.from.valueOf(), refFieldPseudoMax: range.to.valueOf() })))
    .filter((frame) => frame.fields[0]?.type === FieldType.time && frame.fields.some((f) => f.type === FieldType.number))
    .map((frame) => ({
      ...frame,
      fields: frame.fields.map((f) => {
        if (f.type !== FieldType.number) {
          return f;
        }
        const field = { ...f, values: f.values.map((v) => (Number.isFinite(v) ? v : null)), state: { ...f.state, seriesIndex: index++ } };
        return { ...field, display: getDisplayProcessor({ field, theme }) };
      }),
    }));
}

// seriesColors lists the series of a graph with their colors.
export function seriesColors(frames, range, theme) {
  return graphable(frames, range, theme).flatMap((frame) => frame.fields.filter((f) => f.type === FieldType.number)
    .map((f) => ({ name: getFieldDisplayName(f, frame, frames), color: getFieldSeriesColor(f, theme).color })));
}

export function Panel({ panel, frames, config, range, replace, theme, width, height }) {
  const { options } = panel;
  if (panel.type === 'stat') {
    const values = () => getFieldDisplayValues({ data: frames, fieldConfig: config, reduceOptions: options.reduceOptions, replaceVariables: replace, theme, timeZone: 'utc' });
    return (
      <VizRepeater getValues={values} getAlignmentFactors={getDisplayValueAlignmentFactors} width={width} height={height} source={{}} itemSpacing={3} renderCounter={1} autoGrid orientation={options.orientation}
        renderValue={({ value, ...rest }) => (
          <BigValue {...rest} value={value.display} colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={options.textMode} wideLayout={options.wideLayout} theme={theme} />
        )}
      />
    );
  }
  if (isEmpty(frames)) {
    const style = { height, display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', color: theme.colors.text.secondary, fontSize: theme.typography.size.lg };
    return <div style={style}>{config.defaults.noValue ?? 'No data'}</div>;
  }
  switch (panel.type) {
    case 'table':
      cacheFieldDisplayNames(frames);
      return <TableNG data={frames[0]} width={width} height={height} noHeader={!options.showHeader} showTypeIcons={false} cellHeight={options.cellHeight} resizable timeRange={range} fieldConfig={config} getActions={() => []} sortBy={options.sortBy} sortByBehavior="managed" structureRev={1} />;
    case 'timeseries':
      return <TimeSeries frames={graphable(frames, range, theme)} structureRev={1} timeRange={range} timeZone={['utc']} width={width} height={height} legend={options.legend} options={options} replaceVariables={replace} />;
    case 'state-timeline':
      return <Timeline frames={frames} width={width} height={height} range={range} perPage={options.perPage} theme={theme} />;
    default:
      throw new Error(`no component for panels of type ${panel.type}`);
  }
}
