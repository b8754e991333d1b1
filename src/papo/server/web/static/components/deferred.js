// Components and styles that are fetched when they are first needed, so that the page starts sooner.

import { html, signal, useEffect } from "./html.js";

/**
 * @param {() => Promise<any>} load gives the component
 * @returns {(props: any) => any} a component that shows nothing until then; without a network it tries again when drawn
 */
export function deferred(load) {
  const component = signal(/** @type {any} */ (null));
  return (props) => {
    useEffect(() => {
      if (!component.value) void load().then((loaded) => (component.value = loaded), () => {});
    });
    return component.value && html`<${component.value} ...${props} />`;
  };
}

/**
 * @param {string} name of a file in style/
 * @returns {Promise<void>} when it applies; it comes before the page's own styles, which decide
 */
export function loadStyle(name) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`../style/${name}`, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(name));
    };
    document.head.querySelector("link[rel=stylesheet]")?.before(link);
  });
}
