import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api } from "../api.js";
import { Refused } from "../problem.js";
import { credentialsOf } from "./credentials.js";
import { isReading, refusalOf } from "./rules.js";
import type { Tokens } from "./tokens.js";

export interface GuardOptions {
  tokens: Tokens;
  port: () => number;
  /** The values of `Host` to answer to. */
  hosts: () => ReadonlySet<string>;
}

/** Failures of one address before it is told to wait, in the time they are counted in. */
const FAILURES = { max: 30, timeWindow: 60_000 };

/** Looks at every request before anything else does, also at upgrades and at addresses that nothing is at. */
export function addGuard(app: Api, { tokens, port, hosts }: GuardOptions): void {
  const countFailure = app.createRateLimit(FAILURES);
  app.decorateRequest("credentials", null);
  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    const { method, headers } = request;
    const { open = false, page = false } = request.routeOptions.config;
    const isUpgrade = headers.upgrade !== undefined;
    const refusal = refusalOf({ method, headers, isPage: page, isUpgrade }, hosts());
    if (refusal) throw new Refused(refusal.status, refusal.status === 415 ? "usage" : "auth", refusal.what, refusal);
    if (open && isUpgrade)
      throw new Refused(400, "usage", "there is nothing to upgrade to here", { hint: "/api/live is" });
    if (open) return;
    const credentials = credentialsOf(headers, tokens, port(), Date.now());
    if (credentials === null) {
      const limit = await countFailure(request);
      if (!limit.isAllowed && limit.isExceeded) {
        void reply.header("retry-after", limit.ttlInSeconds);
        throw new Refused(429, "auth", "too many requests without a token that fits", { retryable: true });
      }
      void reply.header("www-authenticate", "Bearer");
      throw new Refused(401, "auth", "a token is needed", {
        why: headers.authorization === undefined ? "none was sent" : "the one that was sent does not fit",
        hint: 'curl -H "Authorization: Bearer $(mjagent serve token)" …; for a browser: mjagent serve link',
      });
    }
    // Browsers send cookies along whoever asks, and an upgrade is not held to where its answer may be read.
    if (isUpgrade && credentials.by === "cookie" && headers.origin === undefined) {
      throw new Refused(403, "auth", "an upgrade with a cookie must say which page it is for", {
        hint: "programs send a token: Authorization: Bearer …",
      });
    }
    if (credentials.scope === "read" && !isReading(method)) {
      throw new Refused(403, "auth", "this token is for reading", { hint: "mjagent serve token prints the other one" });
    }
    request.credentials = credentials;
  });
}
