import { AGENT_CLIS, type AgentCliName, type AgentCommand } from "./command.js";

const ANTHROPIC = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"];
const OPENAI = ["OPENAI_API_KEY", "OPENAI_BASE_URL"];
const GEMINI = ["GEMINI_API_KEY", "GOOGLE_API_KEY"];
const ANY_MODEL = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"];

/** The variables an agent CLI finds its account by. */
const ACCOUNTS: Readonly<Record<AgentCliName, readonly string[]>> = {
  claude: [...ANTHROPIC, "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"],
  codex: [...OPENAI, "CODEX_API_KEY", "CODEX_HOME"],
  gemini: [...GEMINI, "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"],
  opencode: [...ANY_MODEL, "OPENCODE_API_KEY"],
  qwen: [...OPENAI, "DASHSCOPE_API_KEY"],
  copilot: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"],
  cursor: ["CURSOR_API_KEY"],
  goose: [...ANY_MODEL, "GOOSE_PROVIDER", "GOOSE_MODEL"],
  amp: ["AMP_API_KEY"],
  aider: ANY_MODEL,
};

/** What `env.allow` of a role needs for an adapter to find the account it works with; for `auto`, whichever it becomes. */
export function accountVariables(adapter: AgentCommand["adapter"]): string[] {
  const names: readonly AgentCliName[] = adapter === "auto" ? AGENT_CLIS : [adapter];
  return [...new Set(names.flatMap((name) => ACCOUNTS[name]))];
}
