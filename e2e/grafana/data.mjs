// Grafana's own data package, furnished as Grafana furnishes it before the first
// panel is drawn.
import { createRequire } from 'node:module';

// Its modules for import don't load in Node, those for require do.
export const data = createRequire(import.meta.url)('@grafana/data');

// When it transforms, it looks at window for what an application may have put
// there, and asks which language people read. While it loads, a window would
// mean a browser, with a document.
globalThis.window = globalThis;
globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };

const { standardTransformers, standardTransformersRegistry, FieldConfigOptionsRegistry } = data;

standardTransformersRegistry.setInit(() =>
  [...new Map(Object.values(standardTransformers).map((t) => [t.id, t])).values()].map((t) => ({
    id: t.id,
    name: t.name,
    defaultOptions: t.defaultOptions,
    transformation: () => Promise.resolve(t),
  }))
);

// What overrides may set: the standard options, and those of panels, whose ids
// begin with custom. The editors for them are in Grafana's user interface, and
// with them this list; applying them is in the data package.
const standard = [
  'displayName', 'unit', 'min', 'max', 'fieldMinMax', 'decimals', 'color', 'noValue', 'thresholds', 'mappings', 'links',
  'actions', 'filterable', 'description',
];

export function optionsOf(fieldConfig) {
  const custom = new Set(Object.keys(fieldConfig.defaults?.custom ?? {}).map((key) => `custom.${key}`));
  for (const { properties } of fieldConfig.overrides ?? []) {
    for (const { id } of properties) {
      if (id.startsWith('custom.')) {
        custom.add(id);
      } else if (!standard.includes(id)) {
        throw new Error(`an override sets ${id}, which is no option of fields`);
      }
    }
  }
  const item = (id, isCustom) => ({
    id, name: id, isCustom,
    path: isCustom ? id.slice('custom.'.length) : id,
    process: (value) => value,
    shouldApply: () => true,
    override: () => null, editor: () => null, settings: {},
  });
  const registry = new FieldConfigOptionsRegistry();
  standard.forEach((id) => registry.register(item(id, false)));
  custom.forEach((id) => registry.register(item(id, true)));
  return registry;
}
