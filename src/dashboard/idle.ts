/** On a machine that is never idle, after this long. */
const LATEST_MS = 2_000;
/** Safari does not say when it is idle. */
const INSTEAD_MS = 200;

/** Resolves when the browser has nothing else to do. */
export const whenIdle = (): Promise<void> =>
  new Promise((resolve) => {
    const isAsked = "requestIdleCallback" in window;
    if (isAsked) window.requestIdleCallback(() => resolve(), { timeout: LATEST_MS });
    else setTimeout(resolve, INSTEAD_MS);
  });
