import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskRecord } from "../../src/domain/task.js";
import { freePorts } from "../../chaos/ports.mjs";
import { CHROMIUM, launchChromium } from "../support/chromium.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { Place, program } from "./place.js";
import { copyWebsite } from "./website.js";

describe.skipIf(CHROMIUM === null)(`mjagent serve in ${CHROMIUM}`, { timeout: 300_000 }, () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test("two tabs watch real agents make a page, and steer them; the coordinator is killed and comes back", async () => {
    await using place = await Place.make({ url: server.url });
    await copyWebsite(place);
    await place.role("hold", program("gated.sh"));
    await place.role("build", program("fails-until-mended.sh"), { retry: { max_attempts: 1 } });
    const agents = place.start(["run", "--all", "--json"]);
    for (const agent_id of ["Alice", "Debbie", "DocBrown", "Morgan"]) await agents.event("registered", { agent_id });
    const [port] = await freePorts(1);
    const serve = async () => {
      const started = place.start(["serve", "--no-open", "--port", String(port)]);
      await started.says("?key=");
      return started;
    };
    const coordinator = await serve();
    const [link = ""] = /http:\S+key=\S+/.exec(coordinator.stdout)!;
    const [root = ""] = link.split("?");
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(60_000);
    const tab = await context.newPage();
    await tab.goto(link);
    await tab.getByText("Nothing needs you.").waitFor();
    const other = await context.newPage();
    await other.goto(`${root}#/tasks`);
    await other.getByText("No tasks yet").waitFor();

    // What the demo does, from the page, each step where the one before leads.
    await tab.getByRole("link", { name: "Publish" }).click();
    await tab.getByLabel("Title").fill("Design the about page");
    await tab.getByLabel("Type").fill("design");
    await tab.getByRole("button", { name: "Publish" }).click();
    for (const next of ["Convert the about page to Mobiledoc", "Publish the about page", null]) {
      await statusOf(tab, "completed").waitFor();
      if (next !== null) await tab.getByRole("link", { name: next }).first().click();
      if (next !== null) await tab.getByRole("heading", { name: next }).waitFor();
    }
    await tab.locator(".log-line", { hasText: "index.html" }).first().waitFor();
    await other.getByText("3 tasks", { exact: true }).waitFor();
    await rowOf(other, "Publish the about page", "completed").waitFor();

    // What one tab does, the other shows.
    const hold = await publish(place, "Hold on", "hold");
    await rowOf(other, "Hold on", "in progress").waitFor();
    await tab.goto(`${root}#/tasks/${hold}`);
    await tab.locator(".log-line", { hasText: `started ${hold}` }).waitFor();
    await tab.keyboard.press("c");
    await tab.getByRole("dialog").getByRole("textbox").fill("not today");
    await tab.keyboard.press("Enter");
    await statusOf(tab, "cancelled").waitFor();
    await rowOf(other, "Hold on", "cancelled").waitFor();
    const build = await publish(place, "Build it", "build", "--require-approval");
    await rowOf(other, "Build it", "awaiting approval").waitFor();
    await tab.goto(`${root}#/tasks/${build}`);
    await statusOf(tab, "awaiting approval").waitFor();
    await tab.keyboard.press("a");
    await tab.getByRole("dialog").waitFor();
    await tab.keyboard.press("Enter");
    await rowOf(other, "Build it", "failed").waitFor();
    await place.write("mended", "");
    await tab.getByRole("button", { name: `Retry ${build}`, exact: true }).click();
    await tab.getByRole("dialog").getByRole("button", { name: "Retry it" }).click();
    await rowOf(other, "Build it", "completed").waitFor();

    // Agents work without it; the pages say that they are of before, and come back by themselves.
    await coordinator.kill9();
    for (const each of [tab, other]) await each.getByText("The coordinator does not answer.").waitFor();
    await place.task(await publish(place, "Design it again", "design"), "completed");
    await serve();
    for (const each of [tab, other]) {
      await each.getByText("The coordinator does not answer.").waitFor({ state: "detached" });
    }
    await rowOf(other, "Design it again", "completed").waitFor();
    expect(await other.locator("main [role=row]").count()).toBeLessThanOrEqual(80);
    await context.close();
  });
});

const statusOf = (page: Page, words: string) => page.locator(".task-acts .mark", { hasText: words });
const rowOf = (page: Page, title: string, status: string) =>
  page.getByRole("row").filter({ hasText: title }).locator(".mark", { hasText: status });

async function publish(place: Place, title: string, type: string, ...more: string[]): Promise<string> {
  return (await place.json<TaskRecord>(["publish", "--title", title, "--type", type, ...more])).task_id;
}
