import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Handler } from "../../src/executors/handler.js";
import { setRules } from "../../src/operations/workspace.js";
import { type Coordinator, startCoordinator } from "../server/stand.js";
import { publishJson } from "../../src/nats/session.js";
import { CHROMIUM, launchChromium } from "../support/chromium.js";
import { eventually } from "../support/eventually.js";
import { launch, roleOf, type TestLauncher } from "../support/fleet.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Text that would be more than text if a page were careless. */
const HOSTILE = `<img src=x onerror="document.title='owned'"><b>bold</b>`;

const design: Handler = ({ task, signal, log }) => {
  log(`\u001b[32mdrawing\u001b[0m ${task.title}`);
  log(HOSTILE);
  if (task.title.includes("flood")) for (let n = 1; n <= 3_000; n++) log(`${"flood ".repeat(n % 40)}line ${n} of 3000`);
  if (!task.title.includes("forever")) return Promise.resolve("drawn");
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
};
let mended = false;
const build: Handler = () => (mended ? Promise.resolve("built") : Promise.reject(new Error("no script called build")));

describe.skipIf(CHROMIUM === null)(`the dashboard in ${CHROMIUM}`, () => {
  let coordinator: Coordinator;
  let agents: TestLauncher;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const elsewhere: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    coordinator = await startCoordinator();
    agents = await launch(coordinator.session, [
      { role: roleOf("design"), id: "Debbie", run: design },
      { role: roleOf("build", { retry: { max_attempts: 1 } }), id: "Bob", run: build },
    ]);
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    // Sooner than the test itself ends: then it says what was not there.
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => {
      if (!request.url().startsWith(coordinator.served.url)) elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(coordinator.served.link());
    await page.getByText("live", { exact: true }).waitFor();
  });
  beforeEach(() => open(""));
  afterAll(async () => {
    await browser.close();
    await agents[Symbol.asyncDispose]();
    await coordinator[Symbol.asyncDispose]();
  });

  const open = async (hash: string): Promise<void> => {
    await page.goto(`${coordinator.served.url}/#/${hash}`);
    await page.locator("main h1").first().waitFor({ state: "attached" });
  };
  const statusOf = (words: string) => page.locator(".task-acts .mark", { hasText: words });
  const button = (name: string) => page.getByRole("button", { name });
  const confirm = async (name: string, why = ""): Promise<void> => {
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(why);
    await dialog.getByRole("button", { name, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  };

  it("publishes from a form, and shows the task as it runs and completes; its words are text", async () => {
    await page.getByRole("link", { name: "Publish" }).click();
    await button("Publish").click();
    await page.getByText("Title is needed").waitFor();
    await page.getByLabel("Title").fill(`About ${HOSTILE}`);
    await page.getByLabel("Type").fill("design");
    await page.getByLabel("Priority").selectOption("high");
    await button("Publish").click();
    await statusOf("completed").waitFor();
    await page.getByText("drawn", { exact: true }).first().waitFor();
    await page.locator(".log-line .ansi-2", { hasText: "drawing" }).waitFor();
    await page.locator(".log-line", { hasText: HOSTILE }).nth(1).waitFor();
    expect(await page.locator("main img, main b").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
  });

  it("follows a log to its end, however long it is, until somebody scrolls back", async () => {
    const [task] = await coordinator.publish({ title: "Draw a flood", type: "design" });
    await open(`tasks/${task!.task_id}`);
    await page.locator(".log-line", { hasText: "line 3000 of 3000" }).waitFor();
    expect(await page.locator(".log-line").count()).toBeLessThanOrEqual(80);
    await page.locator(".log-lines").hover();
    await page.mouse.wheel(0, -2_000);
    await button("Follow").click();
    await page.locator(".log-line", { hasText: "line 3000 of 3000" }).waitFor();
    await page.getByLabel("Search the log").fill("line 1 of 3000");
    await page.locator(".log-line.hit").waitFor();
  });

  it("cancels what runs, and says why it was", async () => {
    const [task] = await coordinator.publish({ title: "Draw forever", type: "design" });
    await open(`tasks/${task!.task_id}`);
    await statusOf("in progress").waitFor();
    await button(`Cancel ${task!.task_id}`).click();
    await confirm("Cancel it", "not needed any more");
    await statusOf("cancelled").waitFor();
    await page.getByText("not needed any more").first().waitFor();
    await page.getByLabel("Say something about it on coordination").fill("we draw it ourselves");
    await button("Send").click();
    await page.getByLabel("Messages about this task").getByText("we draw it ourselves").first().waitFor();
  });

  it("approves and retries from what needs attention, which was there first", async () => {
    const [waiting, failing] = await coordinator.publish(
      { title: "Approve this", type: "design", require_approval: true },
      { title: "Build this", type: "build" },
    );
    const attention = page.getByRole("region", { name: "Needs attention" });
    await button(`Approve ${waiting!.task_id}`).click();
    await confirm("Approve it");
    await button(`Approve ${waiting!.task_id}`).waitFor({ state: "detached" });
    await attention.getByText("no script called build").waitFor();
    mended = true;
    await button(`Retry ${failing!.task_id}`).click();
    await confirm("Retry it");
    await page.getByText("Nothing needs you.").waitFor();
  });

  it("does to all that match what can be done to them, and the address is the query", async () => {
    await coordinator.publish(
      ...Array.from({ length: 12 }, (_, at) => ({ title: `Later ${at}`, type: "design", not_before: "1h" })),
      { title: "Other", type: "design", not_before: "1h" },
    );
    await open(`tasks?q=${encodeURIComponent("status:scheduled later")}`);
    await page.getByText("12 tasks", { exact: true }).waitFor();
    await page.getByLabel("Select all that were read").check();
    await button("Cancel 12").click();
    await confirm("Cancel 12", "all of them");
    await page.getByText("No task is like that.").waitFor();
    await page.getByLabel("Search the tasks").fill("status:cancelled later");
    await page.getByText("12 tasks", { exact: true }).waitFor();
    expect(decodeURIComponent(page.url())).toContain("q=status:cancelled+later");
    await page.reload();
    await page.getByText("12 tasks", { exact: true }).waitFor();
  });

  it("drains an agent, which says so until it has left", async () => {
    await using leaving = await launch(coordinator.session, [{ role: roleOf("spare"), id: "Spare", run: design }]);
    await coordinator.publish({ title: "Draw forever", type: "spare" });
    await open("agents");
    const card = page.getByRole("article", { name: "Spare" });
    await card.getByText("1/1 running").waitFor();
    await card.getByRole("button", { name: "Drain Spare" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Drain it" }).click();
    await card.getByText("draining").waitFor();
    await leaving.launcher.stop();
    await card.getByText("offline").waitFor();
  });

  it("can be used with the keyboard alone", async () => {
    const [task] = await coordinator.publish({ title: "By keyboard", type: "design", require_approval: true });
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    // At once after it: the closed dialog still has the focus until the page is drawn again.
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.locator("input:focus").waitFor();
    await page.keyboard.type("by keyboard");
    await page.getByText("1 task", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.locator(".row-link:focus").waitFor();
    await page.keyboard.press("Enter");
    await statusOf("awaiting approval").waitFor();
    await page.keyboard.press("a");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await statusOf("completed").waitFor();
    expect(page.url()).toContain(task!.task_id);
  });

  it("the timeline shows what runs as it begins; zoomed in, a click on its bar opens the task", async () => {
    await open("agents/timeline");
    const [task] = await coordinator.publish({ title: "Draw forever on time", type: "design" });
    const lane = page.locator(".timeline-label", { hasText: "Debbie" });
    await lane.getByText("running").waitFor({ state: "attached" });
    await page.locator(".timeline-lanes").focus();
    for (let step = 0; step < 20; step++) await page.keyboard.press("+");
    await page
      .locator(".timeline-axis .num", { hasText: /:\d\d:/ })
      .first()
      .waitFor();
    const [plot, name] = [await page.locator(".timeline-canvas").boundingBox(), await lane.boundingBox()];
    const [x, y] = [plot!.x + plot!.width - 8, name!.y + name!.height / 2];
    // A bar that has just begun is not there yet, and what the mouse points at is looked for as it moves.
    await eventually(async () => {
      await page.mouse.move(x - 1, y);
      await page.mouse.move(x, y);
      return page.locator(".timeline-tip", { hasText: "Draw forever on time" }).isVisible();
    });
    await page.mouse.click(x, y);
    await statusOf("in progress").waitFor();
    expect(page.url()).toContain(task!.task_id);
    await coordinator.post(`/api/tasks/${task!.task_id}/cancel`, {});
    await statusOf("cancelled").waitFor();
  });

  it("draws who hands work to whom, as it happens, and what a task led to", async () => {
    const [parent] = await coordinator.publish({ title: "Draw the whole", type: "design" });
    const parent_id = parent!.task_id;
    await open("agents/flow?since=all");
    const picture = page.getByRole("region", { name: "Hand-offs between roles" });
    await picture.getByRole("link", { name: "design" }).waitFor();
    const children = await coordinator.publish(
      { title: "Draw a part", type: "design", parent_id },
      { title: "Lost", parent_id },
    );
    await picture.getByText("no role yet").waitFor();
    await page.getByText("The same as a table").click();
    for (const row of ["design design 1 0 0", "design no role yet 1 0 0"])
      await page.getByRole("row", { name: row }).waitFor();
    await picture.getByRole("link", { name: "design" }).click();
    await page.getByText("Draw the whole").waitFor();
    expect(decodeURIComponent(page.url())).toContain("q=role:design");
    await open(`tasks/${parent_id}`);
    await page.getByRole("heading", { name: "Led to" }).waitFor();
    const around = page.getByRole("region", { name: "The tasks around this one" });
    await eventually(async () => (await around.getByRole("link").count()) === 3);
    await around.getByRole("link", { name: "Draw a part" }).click();
    await page.getByRole("heading", { name: "Came from" }).waitFor();
    expect(page.url()).toContain(children[0]!.task_id);
  });

  it("shows the roadmap as it is told, live and as text", async () => {
    await open("roadmap");
    await page.getByText("Nobody has told of a roadmap yet.").waitFor();
    const roadmap = `# Roadmap\n## About\n- [x] Design\n- [ ] ${HOSTILE}\n`;
    const update = { type: "roadmap_update", task_id: "t1", item: "Design", done: true, roadmap };
    await coordinator.post("/api/messages/roadmap", update);
    // Something happens: it is looked at now, not only from time to time.
    await coordinator.publish({ title: "Another", type: "design" });
    await page.getByRole("heading", { name: "About 1 of 2" }).waitFor();
    await page.getByText(HOSTILE).waitFor();
    await page.locator(".roadmap-item", { hasText: "Design" }).getByRole("link", { name: "t1" }).waitFor();
    expect(await page.locator("main img, main b").count()).toBe(0);
  });

  it("shows how things stand, and raises a budget", async () => {
    await setRules(coordinator.session, { budget: { usd: 5, per: "day", hard: false } });
    await open("settings");
    await page.getByText("a dispatcher leads").waitFor();
    await page.getByText("may look and change").waitFor();
    await button("Raise the budget of workspace").click();
    await page.getByLabel("By so many USD").fill("2.50");
    await button("Raise it").click();
    await page.getByText("$0 of $7.50 a day").waitFor();
  });

  it("says when it is not of now, and comes back by itself", async () => {
    const read = () => page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    await eventually(async () => (await read()).some((name) => name.includes("/messages-")));
    await context.setOffline(true);
    await page.getByText("The coordinator does not answer.").waitFor();
    // A page that was not shown yet.
    await page.getByRole("link", { name: "Messages" }).click();
    await page.getByRole("heading", { name: "Messages" }).waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await context.setOffline(false);
    await page.getByText("The coordinator does not answer.").waitFor({ state: "detached" });
    await coordinator.nats.stop();
    await page.getByText("NATS is away since").waitFor();
    await page.locator(".tile").first().waitFor();
    await coordinator.nats.restart();
    await page.getByText("NATS is away since").waitFor({ state: "detached" });
    const [task] = await coordinator.publish({ title: "After the break", type: "design" });
    await open(`tasks/${task!.task_id}`);
    await statusOf("completed").waitFor();
  });

  const PAGES = `- tasks agents agents?view=table agents/flow agents/timeline messages errors roadmap settings publish`
    .replace("-", "")
    .split(" ");
  it.each(["light", "dark"] as const)("axe finds nothing against any page, %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const [task] = await coordinator.publish({ title: "Look at this", type: "nobody", description: "text" });
    for (const hash of [...PAGES, `tasks/${task!.task_id}`]) {
      await open(hash);
      await eventually(async () => (await page.locator(".loading").count()) === 0);
      await page.evaluate(AXE);
      const found = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
      const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`);
      expect(told, `#/${hash}`).toEqual([]);
    }
  });

  it("holds no more rows than are on the screen, of 10,000", async () => {
    const { session } = coordinator;
    const [task] = await coordinator.publish({ title: "One of many", type: "design", not_before: "1h" });
    const ids = Array.from({ length: 10_000 }, (_, at) => `many-${at}`);
    const { tasks } = session.names;
    await Promise.all(ids.map((id) => publishJson(session, tasks.subject(id), { ...task, task_id: id })));
    for (const hash of ["tasks", "agents", "messages", "errors", ""]) {
      await open(hash);
      if (hash === "tasks") {
        await page.getByText(/^10,0\d\d tasks$/).waitFor();
        await page.getByRole("table", { name: "Tasks" }).focus();
        await page.keyboard.press("End");
        await page.locator("[data-index='0']").waitFor({ state: "detached" });
      }
      expect(await page.locator("main li, main [role=row]").count(), `#/${hash}`).toBeLessThanOrEqual(80);
    }
  });

  it("asked nobody else for anything, and broke no rule of its policy", () => {
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
