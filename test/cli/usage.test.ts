import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.js";

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the real program in an empty folder, with an empty home. */
function mjagent(...args: string[]) {
  const env = { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1", FORCE_COLOR: undefined };
  return execa(process.execPath, [BIN, ...args], { cwd: folder, env, extendEnv: false, reject: false });
}

describe("usage errors exit 2 and say what was meant", () => {
  test.each([
    [["publsh"], "unknown command 'publsh'", "did you mean publish?"],
    [["publish", "--prioritty", "high"], "unknown option '--prioritty'", "did you mean --priority?"],
    [["agents", "lst"], 'unknown command "agents lst": did you mean "agents list"?', "mjagent agents --help"],
    [["tasks", "--json", "5"], 'unknown command "tasks 5"', "mjagent tasks --help"],
    [["server", "strat"], "unknown command 'strat'", "did you mean start?"],
    [["wait"], "missing required argument 'ids'", "mjagent wait --help"],
    [["publish", "--title"], "option '--title <text>' argument missing", "mjagent publish --help"],
    [["init", "here"], "too many arguments for 'init'", "mjagent init --help"],
    [["exec", "--agent", "x"], "required option '--prompt <text>' not specified", "mjagent exec --help"],
  ])("%j", async (args, what, next) => {
    const run = await mjagent(...args);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain(args.includes("--json") ? JSON.stringify(what).slice(1, -1) : `error: ${what}`);
    expect(run.stderr).toContain(next);
  });

  test("with --json as JSON on stderr", async () => {
    const run = await mjagent("--json", "publsh");
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(JSON.parse(run.stderr)).toEqual({
      error: {
        code: "usage",
        message: "unknown command 'publsh'",
        hint: "did you mean publish? see: mjagent --help",
        retryable: false,
      },
    });
  });

  test("without a command: the help on stderr", async () => {
    const run = await mjagent();
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("Usage: mjagent");
  });
});

describe("help", () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const commands = all(buildProgram());
  const pathOf = (command: Command): string =>
    command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

  test("there are the commands of the contract", () => {
    const paths = commands.map(pathOf);
    const wanted =
      "run exec publish status tasks|tasks list|tasks show wait logs cancel retry approve reject agents|agents list|agents show|agents validate|agents new|agents import server|server start|server stop|server status init demo";
    for (const path of wanted.split(
      /[|]| (?=wait|logs|cancel|retry|approve|reject|agents|server|init|demo|exec|publish|status|tasks)/,
    )) {
      if (!/^(status|list|show)$/.test(path)) expect(paths).toContain(`mjagent ${path}`);
    }
  });

  test.each(commands.map((command) => [pathOf(command), command] as const))(
    "%s has an example and describes each option",
    (path, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toMatch(new RegExp(`Examples?:\\n[^]*\\$ .*\\b${path === "mjagent" ? "mjagent" : path}\\b`));
      expect(command.description()).not.toBe("");
      for (const option of command.options) expect(option.description, option.flags).not.toBe("");
    },
  );

  test("goes to stdout and exits 0, also of a group's default", async () => {
    for (const args of [["--help"], ["help", "publish"], ["tasks", "--help"], ["agents", "import", "-h"]]) {
      const run = await mjagent(...args);
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
      expect(run.stdout).toContain("Usage: mjagent");
    }
  });

  test("--timeout is the time limit on publish and wait, the connection's elsewhere", () => {
    const timeout = (name: string) =>
      commands
        .find((command) => pathOf(command) === `mjagent ${name}`)
        ?.options.find((option) => option.long === "--timeout");
    expect(timeout("publish")?.description).toContain("attempt");
    expect(timeout("wait")?.description).toContain("how long");
    expect(timeout("status")?.description).toContain("connecting");
  });
});

test("--version is one line", async () => {
  const { version } = JSON.parse(await readFile(join(BIN, "../../package.json"), "utf8")) as { version: string };
  expect(await mjagent("--version")).toMatchObject({ exitCode: 0, stdout: version, stderr: "" });
});

describe("agents", () => {
  test("init in an empty folder, twice; then list, show and validate", async () => {
    const first = await mjagent("init", "--json");
    expect(JSON.parse(first.stdout)).toMatchObject({ kept: [] });
    expect(first.stderr).toContain("next: mjagent");
    expect((await readdir(folder)).sort()).toEqual(["agents", "mjagent.yaml"]);
    const second = await mjagent("init");
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.stdout).not.toContain("created");
    expect(second.stdout).toContain("kept     agents/debbie.yaml");

    expect((await mjagent("agents", "-q")).stdout).toBe("alice\ndebbie\ndoc-brown\nmorgan");
    const list = JSON.parse((await mjagent("--json", "agents", "list")).stdout) as { agent_id: string; file: string }[];
    expect(list[1]).toMatchObject({ name: "debbie", agent_id: "Debbie", file: "agents/debbie.yaml" });
    expect((await mjagent("agents")).stdout.split("\n")[1]).toMatch(/^debbie\tDebbie\t\w+\t/);
    expect((await mjagent("agents", "validate")).stdout).toContain("ok\tdebbie\tagents/debbie.yaml");
    expect(JSON.parse((await mjagent("agents", "show", "Debbie", "--json")).stdout)).toMatchObject({
      name: "debbie",
      project_dir: folder,
    });
    expect(await mjagent("agents", "show", "debie")).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('did you mean "debbie"?') as string,
    });
  });

  test("broken YAML: file, line, column, all problems, exit 2", async () => {
    await mkdir(join(folder, "agents"));
    await writeFile(join(folder, "agents/x.yaml"), "name: x\ncommand:\n  adapter: cluade\n");
    await writeFile(join(folder, "agents/y.yaml"), "name: z\nprompt: go\ncommand: { adapter: claude }\n");
    const run = await mjagent("agents", "validate");
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr.split("\n").slice(0, 3)).toEqual([
      "error: 2 problems",
      'agents/x.yaml:3:12: unknown adapter "cluade": did you mean "claude"?',
      'agents/y.yaml:1:7: name is "z", but the file\'s name is y.yaml: make them equal',
    ]);
    const json = await mjagent("agents", "validate", "agents/x.yaml", "--json");
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: "usage", message: 'agents/x.yaml:3:12: unknown adapter "cluade": did you mean "claude"?' },
    });
  });

  test("new and import", async () => {
    expect((await mjagent("agents", "new", "reviewer")).stdout).toBe("created agents/reviewer.yaml");
    expect(await mjagent("agents", "new", "reviewer")).toMatchObject({ exitCode: 6 });
    await writeFile(join(folder, "x.md"), "---\nname: Test: Writer\ntools: Read\n---\nWrite tests.\n");
    const imported = await mjagent("agents", "import", "x.md");
    expect(imported).toMatchObject({
      exitCode: 0,
      stdout: "imported agents/test-writer.yaml from x.md",
    });
    expect(imported.stderr).toContain("kept as comments: tools");
    expect((await mjagent("agents", "validate")).exitCode).toBe(0);
  });

  test("no agents: exit 3 and the next step", async () => {
    expect(await mjagent("agents")).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("mjagent init") as string,
    });
  });

  test("hostile text is shown escaped", async () => {
    await mkdir(join(folder, "agents"));
    const yaml = 'name: x\ndescription: "a\\e[2Jb\\u202ec"\ncommand: { adapter: command, run: [node] }\n';
    await writeFile(join(folder, "agents/x.yaml"), yaml);
    for (const args of [["agents"], ["agents", "show", "x"], ["agents", "--json"]]) {
      expect((await mjagent(...args)).stdout).not.toMatch(/[\u001b\u202e]/);
    }
    expect((await mjagent("agents")).stdout).toContain("a\\x1b[2Jb\\u202ec");
  });
});

test("a reader that has seen enough ends the program quietly", async () => {
  await mjagent("init");
  const script = `"${process.execPath}" "${BIN}" agents show debbie 2>err; echo "exit $?" >&2`;
  const run = await execa("bash", ["-c", `{ ${script}; } | true; cat err`], { cwd: folder });
  expect(run.stdout).toBe("");
  expect(run.stderr).toBe("exit 0");
});

test("colours: none in a pipe, --color wins over NO_COLOR, --no-color wins over FORCE_COLOR", async () => {
  await mjagent("init");
  const raw = async (args: string[], env: Record<string, string>) =>
    (
      await execa(process.execPath, [BIN, "agents", "show", "debbie", ...args], {
        cwd: folder,
        env: { PATH: "", HOME: folder, ...env },
        extendEnv: false,
      })
    ).stdout.includes("\u001b[");
  expect(await raw([], {})).toBe(false);
  expect(await raw(["--color"], { NO_COLOR: "1" })).toBe(true);
  expect(await raw([], { FORCE_COLOR: "1" })).toBe(true);
  expect(await raw(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
});

describe("connecting", () => {
  test("nobody listens: exit 5, the URL without its password, the next step", async () => {
    const run = await mjagent("status", "-s", "nats://bob:hush-hush@127.0.0.1:1");
    expect(run).toMatchObject({ exitCode: 5, stdout: "" });
    expect(run.stderr).toBe(
      "error: cannot reach NATS at nats://127.0.0.1:1\n  why: connection refused\n  next: start one with: mjagent server start; or name another with --server or NATS_URL",
    );
  });

  test("a host that accepts and says nothing: exit 5 within --timeout", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const run = await mjagent(
      "status",
      "-s",
      `127.0.0.1:${(silent.address() as AddressInfo).port}`,
      "--timeout",
      "500ms",
    );
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toContain("no answer within 0.5 s");
    silent.close();
  });

  test("a missing credentials file: exit 2; a broken setting too", async () => {
    expect(await mjagent("status", "--creds", "none.creds")).toMatchObject({ exitCode: 2 });
    expect(await mjagent("status", "--timeout", "soon")).toMatchObject({ exitCode: 2 });
    await writeFile(join(folder, "mjagent.yaml"), "serwer: x\n");
    const run = await mjagent("status");
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('mjagent.yaml:1:1: unknown key "serwer": did you mean "server"?');
  });
});

test("server: status when none runs", async () => {
  expect(JSON.parse((await mjagent("server", "status", "--json")).stdout)).toMatchObject({ running: false });
  expect((await mjagent("server", "stop")).stdout).toBe("no local nats-server was running");
});
