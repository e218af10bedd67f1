import type { Command } from "commander";
import { agentsDirOption, bind, examples, natsOptions, outputOptions } from "./options.js";

/** Commands about the local nats-server, and the demo that uses one. */
export function declareServer(program: Command): void {
  program.commandsGroup("Server:");
  const group = program
    .command("server")
    .description("the local nats-server: durable, reachable from this machine only");
  examples(outputOptions(group), "mjagent server start", "mjagent server status");
  const start = group
    .command("start")
    .description("start it, or say that it runs; gets a nats-server if there is none");
  bind(examples(start, "mjagent server start"), () => import("../commands/server-start.js"));
  const stop = group.command("stop").description("stop it; its data stay");
  bind(examples(stop, "mjagent server stop"), () => import("../commands/server-stop.js"));
  const status = group.command("status").description("say whether it runs, where, and with which data");
  bind(examples(status, "mjagent server status --json"), () => import("../commands/server-status.js"));

  serve(program.command("serve"));
  doctor(program.command("doctor"));

  const demo = program
    .command("demo")
    .description("run the whole pipeline once, on a private nats-server, and show the result")
    .option("--keep", "leave everything running to play with, until Ctrl-C")
    .option("--serve", "the same, with the dashboard: ends with a link to it");
  bind(examples(natsOptions(demo), "mjagent demo", "mjagent demo --serve"), () => import("../commands/demo.js"));
}

function doctor(command: Command): void {
  command.description("look at the server, the fleet and this host: what is right, what is not, what to do about it");
  examples(
    agentsDirOption(natsOptions(command)),
    "mjagent doctor",
    "mjagent doctor --json | jq '.[] | select(.status != \"ok\")'",
  );
  bind(command, () => import("../commands/doctor.js"));
}

function serve(group: Command): void {
  examples(
    outputOptions(group.description("the coordinator: the API and the dashboard, for browsers and scripts")),
    "mjagent serve                       (the same as: mjagent serve start)",
    "mjagent serve link",
    'curl -H "Authorization: Bearer $(mjagent serve token)" http://127.0.0.1:8001/api/tasks',
  );
  const start = group
    .command("start", { isDefault: true })
    .description("serve until Ctrl-C; takes part in the election of the dispatcher")
    .option("--port <port>", "where to listen (default: 8001)")
    .option("--host <address>", "an address that other machines can reach (default: 127.0.0.1)")
    .option("--no-open", "do not open a browser");
  examples(natsOptions(start), "mjagent serve start", "mjagent serve --port 9001 --no-open");
  bind(start, () => import("../commands/serve.js"));
  const link = group
    .command("link")
    .description("print an address that logs a browser in, once")
    .option("--port <port>", "where the coordinator listens (default: 8001)")
    .option("--host <address>", "what it was started with (default: 127.0.0.1)");
  bind(examples(link, "mjagent serve link"), () => import("../commands/serve-link.js"));
  const token = group
    .command("token")
    .description("print the token for scripts")
    .option("--read", "the one that can look and change nothing");
  bind(
    examples(token, 'curl -H "Authorization: Bearer $(mjagent serve token --read)" http://127.0.0.1:8001/api/stats'),
    () => import("../commands/serve-token.js"),
  );
}
