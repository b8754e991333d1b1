// Components that are fetched when they are first needed, so that the page starts sooner.

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
