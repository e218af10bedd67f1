import type { FailureReason } from "../domain/reasons.js";
import type { Trouble } from "./dialects/dialect.js";

/**
 * Words by which the CLIs and their providers say why they refuse; the first that fits counts. Billing, context and
 * limits come first: their HTTP statuses are those of other troubles.
 */
const WORDS: readonly [FailureReason, RegExp][] = [
  ["turn_limit", /max_turns|max(imum)? (session )?turns/i],
  ["billing", /credit balance|insufficient[_ ](quota|funds|balance|credits)|out of credits|payment required|billing/i],
  [
    "context_overflow",
    /context[_ ](length|window)|maximum context|prompt is too long|input is too long|too many (input )?tokens/i,
  ],
  [
    "rate_limited",
    /usage limit|limit reached|hit your (\w+ )?limit|rate.?limit|too many requests|quota|RESOURCE_EXHAUSTED/i,
  ],
];

const LATER_WORDS: readonly [FailureReason, RegExp][] = [
  ["model_not_found", /model\b.{0,60}(not found|not exist|not supported|not available)|unknown model|model_not_found/i],
  [
    "auth",
    /invalid api key|api key not valid|not logged in|please run \/login|authentication|unauthori[sz]ed|oauth token has expired|no api key/i,
  ],
  ["overloaded", /overloaded|high demand/i],
  ["invalid_request", /invalid_request|INVALID_ARGUMENT/],
  ["no_result", /without (a finish reason|sending any chunks)|empty or malformed response/i],
  [
    "network",
    /ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|fetch failed|network error|socket hang up|stream disconnected|error sending request|other side closed|decoding response body|reading a body|unexpected EOF|connection (error|refused|reset|closed)|API Error: terminated/i,
  ],
  ["server_error", /internal server error|bad gateway|service unavailable|gateway time-?out|api_error/i],
  ["usage_error", /unknown (option|argument)|unexpected argument|unrecognized (option|argument)/i],
];

/** A number counts as a status only beside a word that says so: a stack trace is full of numbers. */
const STATUS = /(?:status|http|error|code)(?: code)?\W{0,3}([45]\d\d)\b/i;
const STACK_FRAME = /^\s+at .*$/gm;

/** What an HTTP status of a provider says. */
function reasonOfStatus(status: number): FailureReason | undefined {
  switch (status) {
    case 401:
      return "auth";
    case 402:
      return "billing";
    case 403:
      return "permission_denied";
    case 404:
      return "model_not_found";
    case 408:
      return "network";
    case 413:
      return "context_overflow";
    case 429:
      return "rate_limited";
    case 503:
    case 529:
      return "overloaded";
    default:
      return status >= 500 ? "server_error" : status >= 400 ? "invalid_request" : undefined;
  }
}

/**
 * Why a CLI failed, by what it says itself: never by words of the task's answer.
 * @param errors the end of its stderr, looked at when it says nothing better
 */
export function reasonOf(trouble: Trouble | null, errors: string): FailureReason | undefined {
  const said = withoutFrames(trouble?.message ?? "");
  const meant = `${trouble?.kind ?? ""} ${said}`;
  const limits = wordsIn(meant, WORDS);
  // A provider's free plan is a rate limit, too: it says when to come again.
  if (limits === "billing" && trouble?.retryAfterMs !== undefined) return "rate_limited";
  if (limits !== undefined) return limits;
  const status = trouble?.status ?? statusIn(said);
  const byStatus = status === undefined ? undefined : reasonOfStatus(status);
  if (byStatus !== undefined) return byStatus;
  const stderr = withoutFrames(errors);
  const fromErrors = trouble === null ? statusIn(stderr) : undefined;
  return (
    wordsIn(meant, LATER_WORDS) ??
    wordsIn(stderr, WORDS) ??
    (fromErrors === undefined ? undefined : reasonOfStatus(fromErrors)) ??
    wordsIn(stderr, LATER_WORDS)
  );
}

const withoutFrames = (text: string): string => text.replace(STACK_FRAME, "");

const statusIn = (text: string): number | undefined => {
  const found = STATUS.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

const wordsIn = (text: string, words: readonly [FailureReason, RegExp][]): FailureReason | undefined =>
  words.find(([, pattern]) => pattern.test(text))?.[0];
