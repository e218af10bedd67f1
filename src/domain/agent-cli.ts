import type { AgentCliName, AgentCommand } from "./command.js";

/** What a host must have for an agent CLI: its program, and the variables it finds its account by. */
interface AgentCli {
  program: string;
  env: readonly string[];
}

const ANTHROPIC = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"];
const OPENAI = ["OPENAI_API_KEY", "OPENAI_BASE_URL"];
const GEMINI = ["GEMINI_API_KEY", "GOOGLE_API_KEY"];
const ANY_MODEL = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"];

const CLIS: Readonly<Record<AgentCliName, AgentCli>> = {
  claude: { program: "claude", env: [...ANTHROPIC, "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"] },
  codex: { program: "codex", env: [...OPENAI, "CODEX_API_KEY", "CODEX_HOME"] },
  gemini: { program: "gemini", env: [...GEMINI, "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"] },
  opencode: { program: "opencode", env: [...ANY_MODEL, "OPENCODE_API_KEY"] },
  qwen: { program: "qwen", env: [...OPENAI, "DASHSCOPE_API_KEY"] },
  copilot: { program: "copilot", env: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"] },
  cursor: { program: "cursor-agent", env: ["CURSOR_API_KEY"] },
  goose: { program: "goose", env: [...ANY_MODEL, "GOOSE_PROVIDER", "GOOSE_MODEL"] },
  amp: { program: "amp", env: ["AMP_API_KEY"] },
  aider: { program: "aider", env: ANY_MODEL },
};

/** The name on the PATH. */
export const programOfCli = (name: AgentCliName): string => CLIS[name].program;

/**
 * What `env.allow` of a role needs for an adapter to find the account it works with. For `auto` the keys of the large
 * providers: an agent must not get every token of its host because it might become any of them.
 */
export const accountVariables = (adapter: AgentCommand["adapter"]): readonly string[] =>
  adapter === "auto" ? [...ANY_MODEL, "CLAUDE_CODE_OAUTH_TOKEN"] : CLIS[adapter].env;
