import { z } from "zod";
import { stackOf, messageOf, MjError } from "../../errors.js";
import { setRules } from "../../operations/workspace.js";
import { isLoopback } from "../../server/guard/hosts.js";
import { ensureTokens } from "../../server/guard/tokens.js";
import { type ServeEvent, serve } from "../../server/serve.js";
import { openBrowser } from "../browser.js";
import type { CommandContext } from "../context.js";
import { DEFAULT_PORT, PortNumber, readOptions } from "../options.js";
import { person } from "../person.js";
import { oneLine } from "../text.js";

const ServeOptions = z.object({
  host: z.string().min(1).default("127.0.0.1"),
  port: PortNumber.default(DEFAULT_PORT),
  open: z.boolean().default(true),
});

/** `mjagent serve`: the coordinator, until it is told to stop. */
export async function run(context: CommandContext): Promise<undefined> {
  const { host, port, open } = readOptions(context, ServeOptions);
  const { out } = context;
  const settings = await context.settings();
  const tokens = await ensureTokens();
  const session = await context.session();
  await setRules(session, settings.rules);
  // From here on a signal ends it in order.
  const { signal } = context;
  const onEvent = (event: ServeEvent): void => {
    if (event.type === "failed") {
      const { what, error } = event;
      out.warn(`${what}: ${oneLine(messageOf(error))}`);
      if (context.options["debug"] === true) out.note(stackOf(error));
    } else if (out.json) out.event(event, { text: () => "" });
    else if (event.type === "notice") out.note(oneLine(event.message));
    else out.note("the dispatcher works here");
  };
  if (!isLoopback(host)) {
    out.warn(
      `${oneLine(host)} can be reached by other machines. Who has a token can start\n  programs on the hosts of your agents, and it crosses the network readable (plain http).`,
    );
  }
  await using served = await serve(session, { binding: { host, port }, tokens, person: person(), onEvent });
  const link = served.link();
  out.event(
    { type: "listening", url: served.url, link, api: `${served.url}/docs` },
    {
      id: ({ url }) => url,
      text: (shown, style) =>
        [
          `coordinator of ${settings.workspace.id} at ${style.bold(shown.url)} (API: ${shown.api})`,
          `log in with this link, once, within 10 minutes; another: mjagent serve link`,
          `  ${shown.link}`,
          `curl -H "Authorization: Bearer $(mjagent serve token)" ${shown.url}/api/tasks`,
        ].join("\n"),
    },
  );
  if (open && out.isTTY) openBrowser(link);
  await new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    void session.nc.closed().then((error) => {
      if (error) reject(new MjError("unreachable", "the connection was closed for good", { why: error.message }));
    });
  });
}
