import { restAfter } from "./rest.js";

/** When the page is to be drawn next, however many changes come: soon where drawing is quick, seldom where it is slow. */
export class Pace {
  #from = Number.NEGATIVE_INFINITY;
  #tookMs = 0;

  /** ms until the next drawing. */
  waitMs(): number {
    return Math.max(0, this.#from + this.#tookMs + restAfter(this.#tookMs) - performance.now());
  }

  /** To be called as a drawing begins: it takes down how long that takes. */
  drawing(): void {
    const from = performance.now();
    this.#from = from;
    // Components are drawn when this task ends, and put on the screen in the next frame; the time between is nobody's.
    window.setTimeout(() => {
      const scripted = performance.now() - from;
      this.#tookMs = scripted;
      window.requestAnimationFrame(() => {
        const began = performance.now();
        window.setTimeout(() => void (this.#tookMs = scripted + performance.now() - began));
      });
    });
  }
}
