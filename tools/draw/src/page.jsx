// The page of one picture: a dashboard with all of its panels.
import { createRoot } from 'react-dom/client';
import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { frames, open, rangeOf } from '../../../e2e/grafana/view.mjs';
import { withDefaults } from './defaults.mjs';
import { isEmpty, Panel, seriesColors } from './panel.jsx';

const width = 1600;
const margin = 16;
const column = (width - 2 * margin) / 24;
const row = 38; // with a gap of 8
const gap = 8;

async function draw(picture) {
  const theme = createTheme({ colors: { mode: picture.mode } });
  const dashboard = opened(picture.dashboard, picture.open);
  const view = await open({ ...picture, dashboard });
  const drawn = await Promise.all(view.panels.map(async (panel) => {
    const config = withDefaults(panel);
    return { panel, config, range: rangeOf(view, panel), frames: await frames(view, panel, config, theme) };
  }));
  const position = ({ x, y, w, h }) => ({ position: 'absolute', left: margin + x * column, top: 70 + y * row, width: w * column - gap, height: h * row - gap });
  const bottom = Math.max(...dashboard.panels.map((p) => p.gridPos.y + p.gridPos.h));
  const secondary = { fontSize: 12, color: theme.colors.text.secondary, marginRight: 20 };
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', width, height: 70 + bottom * row + margin, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
        <div style={{ position: 'absolute', left: margin, top: 12 }}>
          <div style={{ fontSize: 18, fontWeight: 500 }}>{dashboard.title}</div>
          {dashboard.templating.list.map((v) => <span key={v.name} style={secondary}>{v.label}: {view.variables[v.name].allValue || view.variables[v.name].chosen ? 'All' : view.variables[v.name].values.join(' + ')}</span>)}
          <span style={secondary}>{picture.from} to {picture.to} (UTC)</span>
        </div>
        {dashboard.panels.filter((p) => p.type === 'row').map((p) => (
          <div key={p.id} style={{ ...position(p.gridPos), display: 'flex', alignItems: 'center', fontSize: 16, fontWeight: 500 }}>{p.collapsed ? '›' : '⌄'}&nbsp; {p.title}</div>
        ))}
        {drawn.filter(({ panel }) => dashboard.panels.includes(panel)).map(({ panel, ...rest }) => {
          const style = position(panel.gridPos);
          return (
            <div key={panel.id} data-panel={panel.title} style={style}>
              <PanelChrome title={panel.title} description={panel.description} width={style.width} height={style.height}>
                {(w, h) => <Panel panel={panel} replace={view.replace} theme={theme} width={w} height={h} {...rest} />}
              </PanelChrome>
            </div>
          );
        })}
      </div>
    </ThemeContext.Provider>
  );
  return drawn.filter(({ panel }) => dashboard.panels.includes(panel)).map(({ panel, range, frames }) => ({
    title: panel.title,
    empty: isEmpty(frames),
    series: panel.type === 'timeseries' ? seriesColors(frames, range, theme) : [],
  }));
}

// opened returns the dashboard with its collapsed rows opened. They are the last.
function opened(dashboard, open) {
  const panels = dashboard.panels.flatMap((p) => (p.collapsed && open ? [{ ...p, collapsed: false, panels: [] }, ...p.panels] : [p.collapsed ? { ...p, panels: [] } : p]));
  return { ...dashboard, panels };
}

window.draw = draw;
