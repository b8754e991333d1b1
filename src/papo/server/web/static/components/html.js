// What every component needs of the libraries, in one import.

import { h, render, Fragment } from "../vendor/preact.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
import { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export { batch, computed, effect, Fragment, h, render, signal, useComputed, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useState };
