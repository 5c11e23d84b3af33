// Variables in queries, titles, links and options of transformations.
import { data } from './data.mjs';

const { getFieldDisplayValuesProxy } = data;

const pattern = /\$(\w+)|\$\{([\w.[\]"]+?)(?::([\w:]+))?\}/g;

const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const escape = (text) => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

// The formats that our dashboards use. A variable is {values, text?, allValue?}.
const formats = {
  raw: ({ values }) => values.join(','),
  regex: ({ values, allValue }) => allValue ?? (values.length === 1 ? escape(values[0]) : `(${values.map(escape).join('|')})`),
  'date:seconds': ({ values }) => String(Math.floor(Number(values[0]) / 1000)),
  percentencode: ({ values }) => encode(values.join(',')),
  queryparam: ({ values, allValue, chosen }, name) => (allValue === undefined ? chosen ?? values : ['$__all']).map((v) => `var-${name}=${encode(v)}`).join('&'),
};

// replacer returns the function that replaces variables. An unknown variable or
// format is a fault of the dashboard, except ${1}, which label_replace uses.
export function replacer(variables, range) {
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  const builtin = { __from: from, __to: to, __range_ms: to - from, __range_s: Math.round((to - from) / 1000), __url_time_range: `from=${from}&to=${to}` };
  return function replace(text, scopedVars) {
    return String(text ?? '').replace(pattern, (match, plain, braced, format = 'raw') => {
      const name = plain ?? braced;
      if (name === '1') {
        return match;
      }
      const value = scopedVars?.[name]?.value ?? ofRow(name, scopedVars) ?? builtin[name];
      const variable = value === undefined ? variables[name] : { values: [String(value)] };
      if (!variable || !formats[format]) {
        throw new Error(`unknown variable or format ${match} in ${text}`);
      }
      return formats[format](variable, name);
    });
  };
}

// ofRow returns the text of a field in the row of a link: ${__data.fields.App}.
function ofRow(name, scopedVars) {
  const [, field] = name.match(/^__data\.fields\.(\w+)$/) ?? [];
  const context = scopedVars?.__dataContext?.value;
  return field && context && String(getFieldDisplayValuesProxy({ frame: context.frame, rowIndex: context.rowIndex, timeZone: 'utc' })[field]);
}
