// Draws the panels of one dashboard from its JSON and from what Prometheus answered, with Grafana's own components.
// It stands in for no Grafana server: it only does with the panels what Grafana's page does.

import {
  DataFrame,
  FieldType,
  PanelData,
  Registry,
  VizOrientation,
  applyFieldOverrides,
  booleanOverrideProcessor,
  cacheFieldDisplayNames,
  createTheme,
  dateTime,
  displayNameOverrideProcessor,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  getValueFormats,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  toDataFrame,
  transformDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, ThemeContext, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Component, ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { firstValueFrom } from 'rxjs';

// ----------------------------------------------------------------------------------------------- what Grafana registers

const PROCESSORS = {
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  noValue: stringOverrideProcessor,
  color: identityOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  fieldMinMax: booleanOverrideProcessor,
};

const property = (id: string, process: any, isCustom = false): any => ({
  id, name: id, path: isCustom ? id.slice('custom.'.length) : id, isCustom,
  process, override: process, editor: () => null, shouldApply: () => true, settings: {},
});

const standard = Object.entries(PROCESSORS).map(([id, process]) => property(id, process));
standardFieldConfigEditorRegistry.setInit(() => standard);
const transformers = new Map(Object.values(standardTransformers).map((one: any) => [one.id, one]));
standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((one) => ({ id: one.id, name: one.name, transformation: async () => one, editor: () => null }) as any)
);

// The options that a panel's own type has, as `custom.*`.
function registryOf(panel: any): any {
  const config = panel.fieldConfig;
  const overridden = config.overrides.flatMap((one: any) => one.properties.map((each: any) => each.id));
  const custom = new Set<string>([
    ...Object.keys(config.defaults.custom ?? {}).map((key) => `custom.${key}`),
    ...overridden.filter((id: string) => id.startsWith('custom.')),
  ]);
  return new Registry(() => [...standard, ...[...custom].map((id) => property(id, identityOverrideProcessor, true))]);
}

// -------------------------------------------------------------------------------------- answers of Prometheus as frames

interface Answer { target: any; result: any[] }

const legend = (target: any, labels: Record<string, string>): string => {
  const format: string = target.legendFormat;
  if (format !== '__auto') {
    return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  }
  const values = Object.values(labels);
  return values.length === 1 ? values[0] : target.expr;
};

function seriesFrames({ target, result }: Answer): DataFrame[] {
  return result.map(({ metric, value, values }) => {
    const points: Array<[number, string]> = values ?? [value];
    const name = legend(target, metric);
    return toDataFrame({
      refId: target.refId, name, meta: { type: 'timeseries-multi' },
      fields: [
        { name: 'Time', type: FieldType.time, values: points.map(([seconds]) => seconds * 1000), config: {} },
        { name: 'Value', type: FieldType.number, labels: metric, values: points.map(([, text]) => Number(text)), config: { displayNameFromDS: name } },
      ],
    });
  });
}

function tableFrame({ target, result }: Answer, isOnly: boolean): DataFrame {
  const names = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: result.map(({ value }) => value[0] * 1000), config: {} },
      ...names.map((name) => ({ name, type: FieldType.string, values: result.map(({ metric }) => metric[name] ?? ''), config: {} })),
      { name: isOnly ? 'Value' : `Value #${target.refId}`, type: FieldType.number, values: result.map(({ value }) => Number(value[1])), config: {} },
    ],
  });
}

async function framesOf(panel: any, answers: Answer[], theme: any): Promise<DataFrame[]> {
  const found = answers.filter(({ result }) => result.length > 0);
  const raw = panel.type === 'table' ? found.map((one) => tableFrame(one, answers.length === 1)) : found.flatMap(seriesFrames);
  const data = panel.transformations ? await firstValueFrom(transformDataFrame(panel.transformations, raw)) : raw;
  const frames = applyFieldOverrides({
    data, fieldConfig: panel.fieldConfig, fieldConfigRegistry: registryOf(panel), replaceVariables: (text: string) => text, theme, timeZone: 'utc',
  });
  cacheFieldDisplayNames(frames);
  return frames;
}

// -------------------------------------------------------------------------------------------------------------- drawing

function Inside({ panel, frames, range, theme, width, height }: any): ReactNode {
  const { options, fieldConfig } = panel;
  const rows = frames.reduce((sum: number, frame: DataFrame) => sum + frame.length, 0);
  if (rows === 0) {
    return <div data-empty="true" style={{ padding: 12, color: theme.colors.text.secondary }}>{fieldConfig.defaults.noValue ?? 'No data'}</div>;
  }
  if (panel.type === 'timeseries') {
    return <TimeSeries frames={frames} timeRange={range} timeZone="utc" width={width} height={height} legend={options.legend} options={options} />;
  }
  if (panel.type === 'table') {
    return <TableNG data={frames[0]} width={width} height={height} noHeader={!options.showHeader} sortBy={options.sortBy} cellHeight={options.cellHeight} structureRev={1} getActions={() => []} />;
  }
  const isStat = panel.type === 'stat';
  const values = getFieldDisplayValues({
    fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: (text: string) => text, theme, data: frames,
    sparkline: isStat && options.graphMode !== 'none', timeZone: 'utc',
  });
  const alignmentFactors = getDisplayValueAlignmentFactors(values);
  const orientation = options.orientation === 'auto' ? (width > height ? VizOrientation.Vertical : VizOrientation.Horizontal) : options.orientation;
  return (
    <VizRepeater source={{}} getValues={() => values} width={width} height={height} renderCounter={1} orientation={orientation} itemSpacing={isStat ? 3 : 8}
      minVizHeight={options.minVizHeight} maxVizHeight={options.maxVizHeight}
      getAlignmentFactors={() => alignmentFactors}
      renderValue={({ value, width: w, height: h }: any) => isStat
        ? <BigValue value={value.display} sparkline={value.sparkline} colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={options.textMode === 'auto' && values.length === 1 ? 'value' as any : options.textMode} count={values.length} alignmentFactors={alignmentFactors} width={w} height={h} theme={theme} />
        : <BarGauge value={value.display} field={value.field} display={value.view?.getFieldDisplayProcessor(value.colIndex)} displayMode={options.displayMode} valueDisplayMode={options.valueMode} namePlacement={options.namePlacement} showUnfilled={options.showUnfilled} orientation={orientation} alignmentFactors={alignmentFactors} width={w} height={h} theme={theme} />}
    />
  );
}

class Guarded extends Component<{ children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) { return { error }; }
  render() { return this.state.error ? <div data-error="true">{String(this.state.error)}</div> : this.props.children; }
}

const CELL = { width: 60, height: 38, gap: 8 };

function place({ x, y, w, h }: any) {
  return { left: x * CELL.width, top: y * CELL.height, width: w * CELL.width - CELL.gap, height: h * CELL.height - CELL.gap };
}

function Board({ drawn, range, theme }: any): ReactNode {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', width: 24 * CELL.width, background: theme.colors.background.canvas }}>
        {drawn.map(({ panel, frames }: any) => {
          const { left, top, width, height } = place(panel.gridPos);
          return (
            <div key={panel.id} data-panel={panel.title} style={{ position: 'absolute', left, top, width, height }}>
              {panel.type === 'row' ? <h5 style={{ margin: 6 }}>{panel.title}</h5> : (
                <PanelChrome title={panel.title} description={panel.description} width={width} height={height}>
                  {(w: number, h: number) => <Guarded><Inside panel={panel} frames={frames} range={range} theme={theme} width={w} height={h} /></Guarded>}
                </PanelChrome>
              )}
            </div>
          );
        })}
      </div>
    </ThemeContext.Provider>
  );
}

interface Given { panels: any[]; answers: Record<string, Answer[]>; from: number; to: number; mode: 'dark' | 'light' }

// Draws it; the height in pixels.
async function draw({ panels, answers, from, to, mode }: Given): Promise<number> {
  const theme = createTheme({ colors: { mode } });
  const range = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };
  const drawn = await Promise.all(panels.map(async (panel) => ({ panel, frames: panel.type === 'row' ? [] : await framesOf(panel, answers[panel.id], theme) })));
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  document.body.style.background = theme.colors.background.canvas;
  createRoot(root).render(<Board drawn={drawn} range={range} theme={theme} />);
  return Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * CELL.height;
}

const unitIds = (): string[] => getValueFormats().flatMap(({ submenu }: any) => submenu.map(({ value }: any) => value));

Object.assign(window, { draw, unitIds });
