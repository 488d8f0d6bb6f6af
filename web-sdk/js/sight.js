// Sight: tells when something on the page has been seen, which is more than that it is there.
//
// Seen is what stood at least half inside the window, in a page that was in front, for one second without
// a break. What another thing covers counts as seen: the browser does not say.

const SHARE = 0.5;
const MILLISECONDS = 1_000;

/** What is looked out for: what to do when it is seen, and the timer while it is in sight. */
const watched = new Map();

let observer = null;

/** Calls `then` once, when `element` has been seen from now on. */
export function watch(element, then) {
  observer ??= start();
  unwatch(element);
  watched.set(element, { then });
  // To begin again is what makes the browser tell again where the element stands.
  observer.observe(element);
}

function start() {
  // The browser does not tell the observer that a page went behind another.
  document.addEventListener("visibilitychange", () => {
    for (const [element, { then, timer }] of [...watched]) {
      if (document.hidden) clearTimeout(timer);
      else watch(element, then);
    }
  });
  return new IntersectionObserver(moved, { threshold: SHARE });
}

function moved(entries) {
  for (const { target, intersectionRatio } of entries) {
    const known = watched.get(target);
    if (!known) continue;
    clearTimeout(known.timer);
    if (!target.isConnected) unwatch(target);
    else if (intersectionRatio >= SHARE && !document.hidden) known.timer = setTimeout(() => seen(target, known), MILLISECONDS);
  }
}

function unwatch(element) {
  clearTimeout(watched.get(element)?.timer);
  watched.delete(element);
  observer.unobserve(element);
}

function seen(element, { then }) {
  unwatch(element);
  if (element.isConnected) then();
}
