import { setTimeout as sleep } from "node:timers/promises";
import { WATCH_PAGE } from "./page-watch.mjs";

const VIEWPORT = { width: 1_280, height: 800 };
const SETTLED_MS = 3_000;
const STEADY_MS = 30_000;
/** What is to be seen before a page is of use. */
const READY = { "": ".attention + .tiles .tile", tasks: ".row-link" };
const ROWS = "main li, main [role=row]";
/** The oldest first: what is published meanwhile does not move what is seen. The first of all is in none of these. */
const OLDEST = "tasks?sort=created&order=asc";
const KEYS = "1 2 3 4 5 6 7 8".split(" ");

/** A page of its own, that nothing is cached of, on a processor that is so many times slower. */
async function within({ browser, state, url }, rate, name, measure) {
  const context = await browser.newContext({ viewport: VIEWPORT, storageState: state });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await page.addInitScript(WATCH_PAGE);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate });
    await page.goto(`${url}/#/${name}`, { waitUntil: "commit" });
    return await measure(page);
  } finally {
    await context.close();
  }
}

const longestOf = (long) => Math.max(0, ...long.map(([, ms]) => ms));

/** A page as it loads: ms until it is of use (see page-watch.mjs), and the longest task until it has settled. */
export const load = (stand, rate, name) =>
  within(stand, rate, name, async (page) => {
    const usable = await page.evaluate((selector) => window.bench.usable(selector), READY[name]);
    await sleep(SETTLED_MS);
    return { usable, longest: longestOf(await page.evaluate(() => window.bench.long)) };
  });

/** The overview while things happen: ms until they are in the browser and on the screen, the longest task, rows. */
export const steady = (stand, rate) =>
  within(stand, rate, "", async (page) => {
    await page.locator(".feed ol > li").first().waitFor();
    await sleep(SETTLED_MS);
    await page.evaluate(() => {
      Object.assign(window.bench, { long: [], arrived: [] });
      window.bench.followFeed();
    });
    await sleep(STEADY_MS);
    const { long, arrived, drawn } = await page.evaluate(() => ({ ...window.bench }));
    return { arrived, drawn, rows: await page.locator(ROWS).count(), longest: longestOf(long) };
  });

/** The list of tasks: ms from a key in the field for searching until its rows are drawn, the longest task, rows. */
export const filter = (stand, rate) =>
  within(stand, rate, OLDEST, async (page) => {
    const field = page.getByLabel("Search the tasks");
    const first = page.locator("[data-index='0']").getByTitle("t0k0");
    await first.waitFor();
    await sleep(SETTLED_MS);
    await page.evaluate(() => void (window.bench.long = []));
    const times = [];
    let rows = 0;
    for (const key of KEYS) {
      await field.fill("");
      await first.waitFor();
      await sleep(500);
      await page.evaluate(() => window.bench.awaitFiltered());
      await page.keyboard.press(key);
      times.push(await page.evaluate(() => window.bench.filtered));
      await page.locator(".table").hover();
      await page.mouse.wheel(0, 3_000);
      await sleep(200);
      rows = Math.max(rows, await page.locator(ROWS).count());
      await page.mouse.wheel(0, -3_000);
    }
    return { times, rows, longest: longestOf(await page.evaluate(() => window.bench.long)) };
  });

/** Bytes of the overview and of the list, both left open, after each minute. */
export async function heap({ browser, state, url }, minutes) {
  const context = await browser.newContext({ viewport: VIEWPORT, storageState: state });
  const pages = [];
  for (const [name, selector] of Object.entries(READY)) {
    const page = await context.newPage();
    await page.goto(`${url}/#/${name}`);
    await page.locator(selector).first().waitFor();
    pages.push({ name, devtools: await context.newCDPSession(page), sizes: [] });
  }
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(60_000);
    for (const { devtools, sizes } of pages) {
      await devtools.send("HeapProfiler.collectGarbage");
      sizes.push((await devtools.send("Runtime.getHeapUsage")).usedSize);
    }
  }
  await context.close();
  return pages;
}
