// Grafana's data package in the browser, in place of e2e/grafana/data.mjs.
export * as data from '@grafana/data';
