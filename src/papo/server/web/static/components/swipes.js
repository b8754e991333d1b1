// On a phone a swipe from an edge opens the list there, and a swipe back closes it. Listens from its import on.

import { dialog, drawer, memberDrawer } from "./view.js";

const SWIPE_PX = 60;
const EDGE_PX = 40;

let start = { x: 0, y: 0 };
const onStart = (/** @type {TouchEvent} */ event) => (start = { x: event.touches[0].clientX, y: event.touches[0].clientY });
const onEnd = (/** @type {TouchEvent} */ event) => {
  const x = event.changedTouches[0].clientX - start.x;
  const y = event.changedTouches[0].clientY - start.y;
  if (dialog.value || Math.abs(x) < SWIPE_PX || Math.abs(y) > Math.abs(x) / 2) return;
  if (x > 0 && memberDrawer.value) memberDrawer.value = false;
  else if (x < 0 && drawer.value) drawer.value = false;
  else if (x > 0 && start.x < EDGE_PX) drawer.value = true;
  else if (x < 0 && start.x > innerWidth - EDGE_PX) memberDrawer.value = true;
};
addEventListener("touchstart", onStart, { passive: true });
addEventListener("touchend", onEnd, { passive: true });
