import type { Command } from "commander";
import type { Verb } from "../../domain/steering.js";
import { bind, examples, natsOptions, outputOptions } from "./options.js";

/** Commands about tasks: publishing, looking, steering. */
export function declareTasks(program: Command): void {
  program.commandsGroup("Tasks:");
  publish(program.command("publish"));
  status(program.command("status"));
  tasks(program.command("tasks"));
  why(program.command("why"));
  locks(program.command("locks"));
  wait(program.command("wait"));
  logs(program.command("logs"));
  artifacts(program.command("artifacts"));
  history(program.command("history"));
  replay(program.command("replay"));
  steer(program, "cancel", {
    description: "cancel tasks; a running command is stopped",
    all: "every open task",
    examples: ["mjagent cancel --all --type design --dry-run", "mjagent cancel --all --status blocked scheduled"],
    load: () => import("../commands/cancel.js"),
  });
  steer(program, "retry", {
    description: "run failed or cancelled tasks again",
    all: "every failed task",
    examples: ['mjagent retry --all --error "rate" --dry-run', "mjagent retry --all --status cancelled --agent Debbie"],
    load: () => import("../commands/retry.js"),
  });
  steer(program, "approve", {
    description: "let tasks that wait for approval go on",
    all: "every task that waits for approval",
    examples: ["mjagent approve --all --type publishing"],
    load: () => import("../commands/approve.js"),
  });
  steer(program, "reject", {
    description: "cancel tasks that wait for approval",
    all: "every task that waits for approval",
    examples: ["mjagent reject --all --type publishing"],
    load: () => import("../commands/reject.js"),
  });
}

function publish(command: Command): void {
  command
    .description("publish a task, or many from a file")
    .option("--title <text>", "what is to be done")
    .option("--type <type>", "decides with the phase which agent gets it")
    .option("--phase <phase>", "phase of the project")
    .option("--description <text>", "details; - reads stdin")
    .option("--priority <priority>", "urgent, high, normal or low (default: normal)")
    .option("--tag <tag...>", "tags")
    .option("--file-glob <glob...>", "files it is about")
    .option("--blocked-by <id...>", "tasks that must be completed first")
    .option("--on-blocker-failure <what>", "when one of those fails: fail (default) or run")
    .option("--not-before <when>", "a duration from now (10m) or an ISO time")
    .option("--timeout <duration>", "time limit of one attempt, such as 30m")
    .option("--max-attempts <n>", "attempts before it has failed")
    .option("--id <id>", "task id (default: generated)")
    .option("--payload <json>", "JSON for the command; @file reads a file, - stdin")
    .option("--idempotency-key <key>", "publishing the same key again changes nothing")
    .option("--require-approval", "somebody must approve it first")
    .option("--from <file>", "tasks from a YAML list or JSON Lines; - reads stdin")
    .option("--dry-run", "check and show, publish nothing")
    .option("--wait", "wait until it is done");
  examples(
    natsOptions(command, { timeout: false }),
    'mjagent publish --title "Design the about page" --type design --priority high',
    'mjagent publish --title "Publish it" --type publishing --blocked-by t4k2m9x7qa --wait',
    "mjagent publish --from tasks.yaml --dry-run",
  );
  bind(command, () => import("../commands/publish.js"), { ownTimeout: true });
}

function status(command: Command): void {
  command.description("agents, queue, throughput, what needs attention").option("--watch", "keep showing it");
  examples(natsOptions(command), "mjagent status", "mjagent status --json", "mjagent status --watch");
  bind(command, () => import("../commands/status.js"));
}

function tasks(group: Command): void {
  examples(
    outputOptions(group.description("list tasks, or show one")),
    "mjagent tasks                       (the same as: mjagent tasks list)",
    "mjagent tasks --status failed",
    "mjagent tasks show t4k2m9x7qa",
  );
  const list = group
    .command("list", { isDefault: true })
    .description("list tasks")
    .option("--limit <n>", "at most this many");
  examples(
    natsOptions(filterOptions(list)),
    "mjagent tasks list --status failed cancelled",
    "mjagent tasks --status failed --error timeout",
    "mjagent tasks --agent Debbie --json",
  );
  bind(list, () => import("../commands/tasks-list.js"));
  const show = group
    .command("show")
    .description("show one task with its history and result")
    .argument("<id>", "task id");
  examples(natsOptions(show), "mjagent tasks show t4k2m9x7qa", "mjagent tasks show t4k2m9x7qa --json");
  bind(show, () => import("../commands/tasks-show.js"));
  const diff = group
    .command("diff")
    .description("what a task has changed on its branch, in the repository you are in")
    .argument("<id>", "task id")
    .option("--stat", "only which files, and how much");
  examples(
    natsOptions(diff),
    "mjagent tasks diff t4k2m9x7qa",
    "mjagent tasks diff t4k2m9x7qa --stat",
    "mjagent tasks diff t4k2m9x7qa | git apply",
  );
  bind(diff, () => import("../commands/tasks-diff.js"));
}

/** Which tasks are meant: all that is given must apply. */
function filterOptions(command: Command): Command {
  return command
    .option("--status <status...>", "only these: blocked, available, in_progress, completed, failed, …")
    .option("--type <type>", "only this type")
    .option("--agent <id>", "only what this agent has or had")
    .option("--error <text>", "only those whose last error contains this");
}

function why(command: Command): void {
  command.description("why a task is where it is, and what to do about it").argument("<id>", "task id");
  examples(
    natsOptions(command),
    "mjagent why t4k2m9x7qa",
    "mjagent why t4k2m9x7qa --json | jq -r '.causes[].code'",
    "mjagent why t4k2m9x7qa -q           (the ids of the tasks that hold it up)",
  );
  bind(command, () => import("../commands/why.js"));
}

function locks(command: Command): void {
  command.description("which tasks hold files, and which wait for them, in their order");
  examples(
    natsOptions(command),
    "mjagent locks",
    'mjagent locks --json | jq -r \'.[] | .task_id + " " + (.files | join(" "))\'',
  );
  bind(command, () => import("../commands/locks.js"));
}

function wait(command: Command): void {
  command
    .description("wait until tasks are done; exits 7 when one failed, 8 at the timeout")
    .argument("<ids...>", "task ids")
    .option("--timeout <duration>", "how long, such as 5m (default: for ever)");
  examples(natsOptions(command, { timeout: false }), "mjagent wait t4k2m9x7qa --timeout 5m");
  bind(command, () => import("../commands/wait.js"), { ownTimeout: true });
}

function logs(command: Command): void {
  command
    .description("show what a task's command wrote")
    .argument("<id>", "task id")
    .option("-f, --follow", "go on until the task is done")
    .option("--attempt <n>", "only this attempt")
    .option("--raw", "each line as it was printed, control characters and protocols of agents too");
  examples(
    natsOptions(command),
    "mjagent logs t4k2m9x7qa -f",
    "mjagent logs t4k2m9x7qa --attempt 2",
    "mjagent logs t4k2m9x7qa --raw | jq .      (what an agent CLI reports of itself)",
  );
  bind(command, () => import("../commands/logs.js"));
}

function artifacts(command: Command): void {
  command
    .description("list the files that a task's attempts handed in, or get them")
    .argument("<id>", "task id")
    .option("--get [name...]", "write these into a folder, all of them without a name")
    .option("--into <folder>", "which folder (default: the current one); - writes one file to stdout")
    .option("--force", "overwrite what is there");
  examples(
    natsOptions(command),
    "mjagent artifacts t4k2m9x7qa",
    "mjagent artifacts t4k2m9x7qa --get --into out",
    "mjagent artifacts t4k2m9x7qa --get report.json --into - | jq .",
  );
  bind(command, () => import("../commands/artifacts.js"));
}

function history(command: Command): void {
  command
    .description("what happened to tasks and agents, from the event log; newest last")
    .argument("[id]", "task id (default: everything)")
    .option("--since <when>", "a duration ago (1h), a time of today (14:05) or an ISO time")
    .option("--limit <n>", "at most the newest n");
  examples(
    natsOptions(command),
    "mjagent history --since 1h",
    "mjagent history t4k2m9x7qa",
    "mjagent history --limit 1000 --json | jq '.[] | select(.kind == \"failed\")'",
  );
  bind(command, () => import("../commands/history.js"));
}

function replay(command: Command): void {
  command
    .description("what the fleet looked like at a moment, from the event log")
    .requiredOption("--at <when>", "a duration ago (10m), a time of today (14:05) or an ISO time");
  examples(
    natsOptions(command),
    "mjagent replay --at 10m",
    "mjagent replay --at 14:05",
    "mjagent replay --at 2026-01-31T14:05:00Z --json",
  );
  bind(command, () => import("../commands/replay.js"));
}

interface SteerDeclaration {
  description: string;
  /** Which tasks `--all` are without a status. */
  all: string;
  examples: readonly string[];
  load: Parameters<typeof bind>[1];
}

function steer(program: Command, verb: Verb, declared: SteerDeclaration): void {
  const command = program
    .command(verb)
    .description(declared.description)
    .argument("[ids...]", "task ids")
    .option("--reason <text>", "kept with the task")
    .option("--all", `instead of ids: ${declared.all}, or those of them that the options say`);
  filterOptions(command).option("--dry-run", "with --all: show which, do nothing");
  examples(natsOptions(command), `mjagent ${verb} t4k2m9x7qa --reason "the brief has changed"`, ...declared.examples);
  bind(command, declared.load);
}
