// Checks the options of panels against the types of @grafana/schema. Reads [{name, type, options, custom}] from standard
// input and writes [{name, errors}] for those that do not fit: no unknown option, every option of its type.
import Ajv from 'ajv';
import fs from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';

const FILES = { stat: 'Stat', bargauge: 'BarGauge', timeseries: 'TimeSeries', table: 'Table', heatmap: 'Heatmap', 'state-timeline': 'StateTimeline' };
const raw = 'node_modules/@grafana/schema/dist/esm/raw/composable';

function validator(type, name) {
  const path = `${raw}/${type.replace('-', '')}/panelcfg/x/${FILES[type]}PanelCfg_types.gen.d.ts`;
  const generator = createGenerator({ path, type: name, expose: 'none', skipTypeCheck: true, topRef: false, additionalProperties: false });
  return new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(generator.createSchema(name));
}

const validators = {};
const check = (type, name, value) => {
  const validate = (validators[`${type}.${name}`] ??= validator(type, name));
  return validate(value) ? [] : validate.errors.map((one) => `${name}${one.instancePath}: ${one.message} ${JSON.stringify(one.params)}`);
};

const given = JSON.parse(fs.readFileSync(0, 'utf8'));
const found = given.map(({ name, type, options, custom }) => ({
  name,
  errors: [...check(type, 'Options', options), ...(['timeseries', 'table', 'heatmap', 'state-timeline'].includes(type) ? check(type, 'FieldConfig', custom) : [])],
}));
console.log(JSON.stringify(found.filter(({ errors }) => errors.length > 0)));
