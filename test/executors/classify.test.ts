import { describe, expect, test } from "vitest";
import type { FailureReason } from "../../src/domain/reasons.js";
import { reasonOf } from "../../src/executors/classify.js";
import type { Trouble } from "../../src/executors/dialects/dialect.js";

describe("why a CLI failed, by what it says", () => {
  test.each<[Trouble, FailureReason | undefined]>([
    [{ message: "no", status: 401 }, "auth"],
    [{ message: "no", status: 402 }, "billing"],
    [{ message: "no", status: 403 }, "permission_denied"],
    [{ message: "no", status: 404 }, "model_not_found"],
    [{ message: "no", status: 413 }, "context_overflow"],
    [{ message: "no", status: 422 }, "invalid_request"],
    [{ message: "no", status: 429 }, "rate_limited"],
    [{ message: "no", status: 500 }, "server_error"],
    [{ message: "no", status: 529 }, "overloaded"],
    // Billing, context and limits come before their statuses.
    [{ message: "Your credit balance is too low", status: 400 }, "billing"],
    [{ message: "You exceeded your current quota, insufficient_quota", status: 429 }, "billing"],
    [{ message: "please check your plan and billing details", status: 429, retryAfterMs: 32_000 }, "rate_limited"],
    [{ message: "prompt is too long: 210000 tokens > 200000 maximum", status: 400 }, "context_overflow"],
    [{ message: "You've hit your usage limit" }, "rate_limited"],
    [{ message: "error_max_turns", kind: "error_max_turns" }, "turn_limit"],
    // A status in words, beside a word that says so.
    [{ message: "unexpected status 503 Service Unavailable" }, "overloaded"],
    [{ message: '[API Error: {"error":{"code":400}}]' }, "invalid_request"],
    [{ message: "failed after 429 lines" }, undefined],
    [{ message: "TypeError: x\n    at node:internal/status:500:35" }, undefined],
    [{ message: "fetch failed: connect ECONNREFUSED 127.0.0.1:9" }, "network"],
    [{ message: "The model `gpt-9` does not exist" }, "model_not_found"],
    [{ message: "Not logged in · Please run /login" }, "auth"],
    [{ message: "I could not find the file" }, undefined],
  ])("%j → %s", (trouble, reason) => {
    expect(reasonOf(trouble, "")).toBe(reason);
  });

  test.each<[string, FailureReason | undefined]>([
    ["error: unknown option '--nonsense'", "usage_error"],
    ["Error: 401 no key (status 401)", "auth"],
    ["TypeError: x\n    at node:events:531:35", undefined],
  ])("from stderr alone: %s → %s", (errors, reason) => {
    expect(reasonOf(null, errors)).toBe(reason);
  });
});
