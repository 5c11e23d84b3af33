// Variables in titles, links and options of transformations.
import { data } from './data.mjs';

const { getFieldDisplayValuesProxy } = data;

const pattern = /\$(\w+)|\$\{([\w.[\]"]+?)(?::(\w+))?\}/g;

// The formats that a dashboard of ours may ask for.
const formats = {
  raw: (values) => values.join(','),
  percentencode: (values) => encode(values.length > 1 ? `{${values.join(',')}}` : values.join('')),
  queryparam: (values, name) => values.map((v) => `var-${name}=${encode(v)}`).join('&'),
  text: (values) => values.join(' + '),
};

function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

// replacer returns the function that Grafana hands to the data package. A
// variable that nobody knows is a mistake in the dashboard.
export function replacer(variables, range) {
  const known = {
    ...variables,
    __from: [String(range.from)],
    __to: [String(range.to)],
    timezone: ['utc'],
    __timezone: ['utc'],
  };
  return function replace(text, scopedVars, format) {
    return String(text ?? '').replace(pattern, (whole, plain, braced, asked) => {
      const name = plain ?? braced;
      if (name === '__url_time_range') {
        return `from=${range.from}&to=${range.to}`;
      }
      if (name === '__all_variables') {
        return Object.entries(variables).map(([n, values]) => formats.queryparam(values, n)).join('&');
      }
      const values = ofData(name, scopedVars) ?? scoped(name, scopedVars) ?? known[name];
      if (values === undefined) {
        throw new Error(`nobody knows the variable ${whole} of ${text}`);
      }
      const as = formats[asked ?? (typeof format === 'string' ? format : 'raw')];
      if (!as) {
        throw new Error(`variable ${whole} of ${text} has a format that is not covered here`);
      }
      return as(values, name);
    });
  };
}

function scoped(name, scopedVars) {
  const found = scopedVars?.[name];
  return found === undefined ? undefined : [String(found.value)];
}

// ofData reads ${__data.fields.app}, ${__data.fields["app"]}, ${__field.labels.app},
// ${__value.raw} and the like.
function ofData(name, scopedVars) {
  const context = scopedVars?.__dataContext?.value;
  if (!context || !/^__(data|field|value|series)\b/.test(name)) {
    return undefined;
  }
  const { frame, field, rowIndex } = context;
  const [, , of] = name.match(/^__(data\.fields|field\.labels)[.[]"?([^"\]]+)"?\]?$/) ?? [];
  if (name.startsWith('__data.fields') && of) {
    const shown = getFieldDisplayValuesProxy({ frame, rowIndex, timeZone: 'utc' })[of];
    if (shown === undefined) {
      throw new Error(`a link wants the field ${of}, which is not there`);
    }
    return [String(shown)]; // what the cell says, be it text or number
  }
  if (name.startsWith('__field.labels') && of) {
    return [String(field.labels?.[of] ?? '')];
  }
  if (name === '__field.name') {
    return [field.state?.displayName ?? field.name];
  }
  if (name === '__series.name') {
    return [frame.name ?? ''];
  }
  if (name === '__value.raw' || name === '__value.numeric') {
    return [String(field.values[rowIndex])];
  }
  if (name === '__value.time') {
    return [String(frame.fields.find((f) => f.type === 'time')?.values[rowIndex])];
  }
  return undefined;
}
