import type { Command } from "commander";
import { bind, examples, natsOptions, outputOptions } from "./options.js";

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

  const demo = program
    .command("demo")
    .description("run the whole pipeline once, on a private nats-server, and show the result")
    .option("--keep", "leave everything running to play with, until Ctrl-C");
  bind(examples(natsOptions(demo), "mjagent demo", "mjagent demo --keep"), () => import("../commands/demo.js"));
}
