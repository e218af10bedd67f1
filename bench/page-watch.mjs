/** What runs in the page before anything of its own: it takes moments down. Given to the browser as text. */
function watchPage() {
  const seen = { long: [], arrived: [], drawn: [] };
  window.bench = seen;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.long.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });

  // All that comes over the socket is read by it; what the fleet stamped just before it stored it is in the record.
  const parse = JSON.parse;
  JSON.parse = (text) => {
    const read = parse(text);
    if (read?.type !== "changes") return read;
    for (const { task } of read.changes) {
      if (task && task.status !== "available") seen.arrived.push(Date.now() - Date.parse(task.updated_at));
    }
    return read;
  };

  /** Calls back when the next frame has been painted. */
  const painted = (then) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = then;
      port2.postMessage(null);
    });
  /** Resolves when something is there, and painted. */
  const until = (is) =>
    new Promise((resolve) => {
      const look = () => {
        if (!is()) return;
        observer.disconnect();
        painted(() => resolve(performance.now()));
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, subtree: true, characterData: true });
      look();
    });

  /** ms from the beginning of the navigation until this is on the screen and a key that is pressed then is answered. */
  seen.usable = async (selector) => {
    await until(() => document.querySelector(selector));
    const answered = until(() => document.querySelector("dialog[open]"));
    setTimeout(() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "?" })));
    return await answered;
  };
  /** To be called before a key is pressed: one that is faster than the call would not be seen. */
  seen.awaitFiltered = () => {
    const first = () => document.querySelector("[data-index='0'] code")?.title;
    const before = first();
    const pressed = new Promise((resolve) => {
      window.addEventListener("keydown", ({ timeStamp }) => resolve(timeStamp), { once: true, capture: true });
    });
    const drawn = until(() => ![before, undefined].includes(first()));
    /** ms from the key, by the browser's own stamp, until the list begins with another task on the screen. */
    seen.filtered = Promise.all([pressed, drawn]).then(([from, to]) => to - from);
  };
  /** Takes down how old the lines of the feed are when they are on the screen. */
  seen.followFeed = () => {
    new MutationObserver((changes) => {
      const lines = changes.flatMap(({ addedNodes }) => [...addedNodes].filter(({ nodeName }) => nodeName === "LI"));
      const times = lines.map((line) => Date.parse(line.querySelector("time").dateTime));
      painted(() => seen.drawn.push(...times.map((time) => Date.now() - time)));
    }).observe(document.querySelector(".feed ol"), { childList: true });
  };
}

export const WATCH_PAGE = `(${watchPage.toString()})();`;
