// The one place that names the library.
export { h, render, Component, createRef } from "./lib/preact/10.28.0/dist/preact.module.js";
