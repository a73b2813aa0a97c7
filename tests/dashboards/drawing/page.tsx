// Draws the panels of one dashboard from its JSON and from what Prometheus answered, with Grafana's own components.
// It stands in for no Grafana server: it only does with the panels what Grafana's page does.

import {
  DataFrame,
  FieldType,
  PanelData,
  Registry,
  VizOrientation,
  applyFieldOverrides,
  applyNullInsertThreshold,
  booleanOverrideProcessor,
  cacheFieldDisplayNames,
  createTheme,
  dateTime,
  displayNameOverrideProcessor,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  getValueFormat,
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
  links: identityOverrideProcessor,
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

interface Answer { target: any; result: any[]; step: number }

const legend = (target: any, labels: Record<string, string>): string => {
  const format: string = target.legendFormat;
  if (format !== '__auto') {
    return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  }
  const values = Object.values(labels);
  return values.length === 1 ? values[0] : target.expr;
};

function seriesFrames({ target, result, step }: Answer): DataFrame[] {
  return result.map(({ metric, value, values }) => {
    const points: Array<[number, string]> = values ?? [value];
    const name = legend(target, metric);
    return toDataFrame({
      refId: target.refId, name, meta: { type: 'timeseries-multi' },
      fields: [
        { name: 'Time', type: FieldType.time, values: points.map(([seconds]) => seconds * 1000), config: step ? { interval: step * 1000 } : {} },
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

async function framesOf(panel: any, answers: Answer[], theme: any, range: any): Promise<DataFrame[]> {
  const found = answers.filter(({ result }) => result.length > 0);
  const raw = panel.type === 'table' ? found.map((one) => tableFrame(one, answers.length === 1)) : found.flatMap(seriesFrames);
  const data = panel.transformations ? await firstValueFrom(transformDataFrame(panel.transformations, raw)) : raw;
  const frames = applyFieldOverrides({
    data, fieldConfig: panel.fieldConfig, fieldConfigRegistry: registryOf(panel), replaceVariables: (text: string) => text, theme, timeZone: 'utc',
  });
  cacheFieldDisplayNames(frames);
  if (panel.type !== 'timeseries') return frames;
  return frames.map((frame) => applyNullInsertThreshold({ frame, refFieldPseudoMin: range.from.valueOf(), refFieldPseudoMax: range.to.valueOf() }));
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
  if (panel.type === 'heatmap') {
    return <Cells panel={panel} frames={frames} theme={theme} width={width} height={height} />;
  }
  if (panel.type === 'state-timeline') {
    return <Bands frames={frames} range={range} theme={theme} width={width} height={height} />;
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

// Heat maps and state timelines are in Grafana's server, not in its packages: these show their figures and colours alone.
const valuesOf = (frame: DataFrame) => frame.fields.filter((field) => field.type === FieldType.number);

function Cells({ panel, frames, theme, width, height }: any): ReactNode {
  const isBuckets = panel.targets[0].format === 'heatmap';
  const rows = frames.map((frame: DataFrame) => ({ name: frame.name ?? '', values: new Map(frame.fields[0].values.map((time: number, at: number) => [time, frame.fields[1].values[at]])) }));
  if (isBuckets) {
    rows.sort((one: any, other: any) => (one.name === '+Inf' ? Infinity : Number(one.name)) - (other.name === '+Inf' ? Infinity : Number(other.name)));
  }
  const times = [...new Set(rows.flatMap((row: any) => [...row.values.keys()]))].sort((one: any, other: any) => one - other);
  const value = (at: number, time: any) => Math.max(0, (rows[at].values.get(time) ?? 0) - (isBuckets && at > 0 ? rows[at - 1].values.get(time) ?? 0 : 0));
  const most = Math.max(...rows.flatMap((_: any, at: number) => times.map((time) => value(at, time))), 0);
  const unit = panel.options.yAxis?.unit;
  const label = (name: string) => (isBuckets && name !== '+Inf' ? text(unit, Number(name)) : name);
  const shown = isBuckets ? rows.map((row: any, at: number) => ({ row, at })).reverse() : rows.map((row: any, at: number) => ({ row, at }));
  const line = (height - 4) / Math.max(1, rows.length);
  return (
    <div style={{ width, height }}>
      {shown.map(({ row, at }: any) => (
        <div key={row.name} style={{ display: 'flex', height: line, fontSize: 12, color: theme.colors.text.secondary }}>
          <div style={{ width: 120, overflow: 'hidden', whiteSpace: 'nowrap', lineHeight: `${line}px` }}>{label(row.name)}</div>
          {times.map((time: any) => <div key={time} style={{ flex: 1, margin: 0.5, background: panel.options.color.fill, opacity: most ? Math.sqrt(value(at, time) / most) : 0 }} />)}
        </div>
      ))}
    </div>
  );
}

function text(unit: string, value: number): string {
  const found = getValueFormat(unit)(value, 0);
  return `${found.prefix ?? ''}${found.text}${found.suffix ?? ''}`;
}

function Bands({ frames, range, theme, width, height }: any): ReactNode {
  const from = range.from.valueOf();
  const span = range.to.valueOf() - from;
  const line = height / Math.max(1, frames.length);
  return (
    <div style={{ position: 'relative', width, height }}>
      {frames.flatMap((frame: DataFrame, row: number) => valuesOf(frame).flatMap((field) => {
        const times = frame.fields[0].values;
        const step = times.length > 1 ? times[1] - times[0] : span;
        return [
          ...times.map((time: number, at: number) => (
            <div key={`${row} ${time}`} title={field.display?.(field.values[at]).text} style={{
              position: 'absolute', left: 110 + ((time - from) / span) * (width - 110), width: (step / span) * (width - 110) + 1, top: row * line + 4, height: line - 8,
              background: field.display?.(field.values[at]).color }} />
          )),
          <div key={row} style={{ position: 'absolute', top: row * line + line / 2 - 8, fontSize: 12, color: theme.colors.text.secondary }}>{field.state?.displayName ?? frame.name}</div>,
        ];
      }))}
    </div>
  );
}

class Guarded extends Component<{ children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) { return { error }; }
  render() { return this.state.error ? <div data-error="true">{String(this.state.error)}</div> : this.props.children; }
}

const CELL = { width: 60, height: 38, gap: 8 }; // its width is that of the page by 24

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

interface Given { panels: any[]; answers: Record<string, Answer[]>; from: number; to: number; mode: 'dark' | 'light'; width: number }

// Draws it; the height in pixels.
async function draw({ panels, answers, from, to, mode, width }: Given): Promise<number> {
  CELL.width = width / 24;
  const theme = createTheme({ colors: { mode } });
  const range = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };
  const drawn = await Promise.all(panels.map(async (panel) => ({ panel, frames: panel.type === 'row' ? [] : await framesOf(panel, answers[panel.id], theme, range) })));
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  document.body.style.background = theme.colors.background.canvas;
  createRoot(root).render(<Board drawn={drawn} range={range} theme={theme} />);
  return Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * CELL.height;
}

const unitIds = (): string[] => getValueFormats().flatMap(({ submenu }: any) => submenu.map(({ value }: any) => value));

Object.assign(window, { draw, unitIds });
