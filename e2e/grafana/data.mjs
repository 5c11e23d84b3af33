// Grafana's data package in Node. The program in tools/draw has it in a browser.
import { createRequire } from 'node:module';

// Node loads its CommonJS modules, but not its ES modules.
export const data = createRequire(import.meta.url)('@grafana/data');

// The package reads the window and the language of an application.
globalThis.window = globalThis;
globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };
