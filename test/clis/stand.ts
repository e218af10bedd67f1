import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Role } from "../../src/domain/role.js";
import type { AttemptInput } from "../../src/executors/executor.js";
import { attempt, inputOf, type Ran, type RunOptions } from "../executors/support.js";
import type { RealCli } from "./install.js";

/** How each CLI is pointed at another model server than its own: by what its user would set. */
const CONFIGURE: Record<
  RealCli,
  (url: string, home: string) => Promise<Record<string, string>> | Record<string, string>
> = {
  claude: (url) => ({ ANTHROPIC_API_KEY: "stub", ANTHROPIC_BASE_URL: url }),
  codex: async (url, home) => {
    await mkdir(join(home, ".codex"), { recursive: true });
    const provider = `[model_providers.stub]\nname = "stub"\nbase_url = "${url}/v1"\nwire_api = "responses"\nenv_key = "STUB_KEY"\n`;
    await writeFile(
      join(home, ".codex", "config.toml"),
      `model = "stub-model"\nmodel_provider = "stub"\n\n${provider}`,
    );
    return { STUB_KEY: "stub" };
  },
  gemini: async (url, home) => {
    await mkdir(join(home, ".gemini"), { recursive: true });
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      privacy: { usageStatisticsEnabled: false },
    };
    await writeFile(join(home, ".gemini", "settings.json"), JSON.stringify(settings));
    return { GEMINI_API_KEY: "stub", GOOGLE_GEMINI_BASE_URL: url };
  },
  opencode: (url) => ({
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      model: "stub/stub-model",
      small_model: "stub/stub-model",
      provider: {
        stub: {
          npm: "@ai-sdk/openai-compatible",
          name: "stub",
          options: { baseURL: `${url}/v1`, apiKey: "stub" },
          models: {
            "stub-model": {
              name: "stub",
              tool_call: true,
              cost: { input: 1, output: 10 },
              limit: { context: 100_000, output: 4_096 },
            },
          },
        },
      },
    }),
  }),
  qwen: async (url, home) => {
    await mkdir(join(home, ".qwen"), { recursive: true });
    await writeFile(
      join(home, ".qwen", "settings.json"),
      JSON.stringify({ security: { auth: { selectedType: "openai" } } }),
    );
    return { OPENAI_API_KEY: "stub", OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "stub-model" };
  },
  copilot: (url) => ({
    COPILOT_OFFLINE: "true",
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_API_KEY: "stub",
    COPILOT_MODEL: "stub-model",
  }),
};

/** A home and a working folder of one CLI, empty at first. */
export interface Stand extends AsyncDisposable {
  home: string;
  cwd: string;
  role: (url: string, fields?: object, command?: object) => Promise<Role>;
  run: (role: Role, options?: RunOptions & { task?: Partial<AttemptInput["task"]> }) => Promise<Ran>;
}

export async function stand(cli: RealCli, bin: string): Promise<Stand> {
  const root = await mkdtemp(join(tmpdir(), "mjagent-cli-"));
  const [home, cwd] = [join(root, "home"), join(root, "work")];
  await Promise.all([mkdir(home), mkdir(cwd)]);
  return {
    home,
    cwd,
    role: async (url, fields = {}, command = {}) =>
      Role.parse({
        name: cli,
        command: { adapter: cli, permission: "full", ...command },
        prompt: "{{task.title}}",
        cwd,
        ...fields,
        env: { set: { HOME: home, IS_SANDBOX: "1", ...(await CONFIGURE[cli](url, home)) } },
      }),
    run: (role, { task = {}, ...options } = {}) =>
      attempt(role, {
        input: inputOf({ title: "Please do the work.", ...task }),
        env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, LANG: "C.UTF-8" },
        graceMs: 3_000,
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
