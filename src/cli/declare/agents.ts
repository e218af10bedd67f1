import type { Command } from "commander";
import { agentsDirOption, bind, examples, natsOptions, outputOptions } from "./options.js";

/** Commands about agents: running them, and their role files. */
export function declareAgents(program: Command): void {
  program.commandsGroup("Agents:");
  run(program.command("run"));
  exec(program.command("exec"));
  pause(program.command("pause"));
  resume(program.command("resume"));
  drain(program.command("drain"));
  agents(program.command("agents"));
  init(program.command("init"));
}

function run(command: Command): void {
  command
    .description("run agents: they claim tasks and work on them")
    .option("--agent <name...>", "roles to run, by name or by file")
    .option("--all", "run every role of the agents folder")
    .option("--id <id>", "agent id (default: the role's display name)")
    .option("--concurrency <n>", "tasks at a time, for each agent (default: as the role says)")
    .option("--heartbeat <duration>", "time between heartbeats (default: 30s)")
    .option("--lease <duration>", "silence after which an agent is lost (default: 3 heartbeats)")
    .option("--once", "one task, then stop")
    .option("--drain", "stop when nothing is left to do")
    .option("--local", "start a private nats-server when none is named");
  examples(
    agentsDirOption(natsOptions(command)),
    "mjagent run --agent debbie",
    "mjagent run --agent debbie alice --concurrency 2",
    "mjagent run --agent .claude/agents/code-reviewer.md",
    "mjagent run --all --local --drain",
  );
  bind(command, () => import("../commands/run.js"));
}

function exec(command: Command): void {
  command
    .description("one-off: run an agent's command on a prompt, without NATS")
    .requiredOption("--agent <name>", "role to run, by name or by file")
    .requiredOption("--prompt <text>", "what to do; - reads stdin");
  examples(
    agentsDirOption(command),
    'mjagent exec --agent debbie --prompt "Design a colour palette for a bakery"',
    "cat brief.md | mjagent exec --agent debbie --prompt -",
  );
  bind(command, () => import("../commands/exec.js"));
}

function pause(command: Command): void {
  command
    .description("let roles claim nothing new, on any host; running work goes on")
    .argument("[roles...]", "roles (default: everything)")
    .option("--reason <text>", "shown to whoever asks why");
  examples(natsOptions(command), "mjagent pause debbie", 'mjagent pause --reason "the site is being moved"');
  bind(command, () => import("../commands/pause.js"));
}

function resume(command: Command): void {
  command
    .description("let paused roles claim again")
    .argument("[roles...]", "roles (default: all that are paused)")
    .option("--account <name>", "instead: claim with an account again that its provider refused");
  examples(
    natsOptions(command),
    "mjagent resume debbie",
    "mjagent resume",
    "mjagent resume --account ANTHROPIC_API_KEY-1f3870be",
  );
  bind(command, () => import("../commands/resume.js"));
}

function drain(command: Command): void {
  command
    .description(
      "let agents finish what runs and leave, on any host; mjagent run ends when all of its agents have left",
    )
    .argument("<agents...>", "agent ids, as mjagent status shows them");
  examples(natsOptions(command), "mjagent drain Debbie", "mjagent drain Debbie Debbie-2");
  bind(command, () => import("../commands/drain.js"));
}

function agents(group: Command): void {
  examples(
    outputOptions(group.description("list, show, check and make role files")),
    "mjagent agents                      (the same as: mjagent agents list)",
    "mjagent agents validate",
    "mjagent agents new reviewer",
  );
  const sub = (name: string, description: string, isDefault = false): Command =>
    agentsDirOption(group.command(name, { isDefault }).description(description));

  const list = sub("list", "list the roles of the agents folder", true);
  bind(examples(list, "mjagent agents list", "mjagent agents --json"), () => import("../commands/agents-list.js"));
  const show = sub("show", "show one role").argument("<name>", "role");
  bind(examples(show, "mjagent agents show debbie"), () => import("../commands/agents-show.js"));
  const validate = sub("validate", "check role files; all problems at once").argument(
    "[files...]",
    "role files, or agent files of other programs (default: all of the agents folder)",
  );
  bind(
    examples(validate, "mjagent agents validate", "mjagent agents validate agents/debbie.yaml"),
    () => import("../commands/agents-validate.js"),
  );
  const check = sub("check", "whether agents can run on this host: program, version, login").argument(
    "[name]",
    "role (default: all of the agents folder)",
  );
  bind(
    examples(check, "mjagent agents check", "mjagent agents check debbie --json"),
    () => import("../commands/agents-check.js"),
  );
  const attempt = sub("try", "run an agent once, outside the queue, and show everything")
    .argument("<name>", "role")
    .requiredOption("--prompt <text>", "what to do; - reads stdin");
  bind(
    examples(attempt, 'mjagent agents try debbie --prompt "Say what you would do first"'),
    () => import("../commands/agents-try.js"),
  );
  const create = sub("new", "write a commented role file to begin from").argument("<name>", "role: a-z, 0-9 and -");
  bind(examples(create, "mjagent agents new reviewer"), () => import("../commands/agents-new.js"));
  const convert = sub("import", "make roles of the agents that other agent programs have").argument(
    "[sources...]",
    "agent files or folders, or names of roles that come with mjagent (default: all agents of the project)",
  );
  bind(
    examples(
      convert,
      "mjagent agents import",
      "mjagent agents import ~/.claude/agents/code-reviewer.md",
      "mjagent agents import roy jen moss nats-troubleshooter",
    ),
    () => import("../commands/agents-import.js"),
  );
}

function init(command: Command): void {
  command.description("set the current folder up: example agents, the agents it has, mjagent.yaml; overwrites nothing");
  bind(examples(command, "mkdir site && cd site && mjagent init"), () => import("../commands/init.js"));
}
