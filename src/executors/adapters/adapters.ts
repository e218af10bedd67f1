import type { AgentCliName } from "../../domain/command.js";
import type { Adapter } from "./adapter.js";
import { aider } from "./aider.js";
import { amp } from "./amp.js";
import { claude } from "./claude.js";
import { codex } from "./codex.js";
import { copilot } from "./copilot.js";
import { cursor } from "./cursor.js";
import { gemini } from "./gemini.js";
import { goose } from "./goose.js";
import { opencode } from "./opencode.js";
import { qwen } from "./qwen.js";

/** Every agent CLI there is an adapter for. */
export const ADAPTERS: Readonly<Record<AgentCliName, Adapter>> = {
  claude,
  codex,
  gemini,
  opencode,
  qwen,
  copilot,
  cursor,
  goose,
  amp,
  aider,
};
