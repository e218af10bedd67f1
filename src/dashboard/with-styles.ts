/** Styles that could not be read. */
const failed = new Set<HTMLLinkElement>();
window.addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") failed.add(target);
  },
  true,
);

/**
 * Imports code that brings styles along. A browser asks again for code that it could not read, but not for styles: these
 * are asked for again here, or what needs them would be shown without.
 * @throws when either cannot be had now
 */
export async function withStyles<T>(load: () => Promise<T>): Promise<T> {
  await Promise.all(Array.from(failed, readAgain));
  return await load();
}

const readAgain = (link: HTMLLinkElement): Promise<void> =>
  new Promise((resolve, reject) => {
    failed.delete(link);
    const next = link.cloneNode() as HTMLLinkElement;
    next.onload = () => resolve();
    next.onerror = () => reject(new Error(`${next.href} cannot be read`));
    link.replaceWith(next);
  });
