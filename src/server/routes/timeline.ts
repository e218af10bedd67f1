import { z } from "zod";
import { parseDuration } from "../../domain/duration.js";
import { MjError } from "../../errors.js";
import type { Api, Coordinator } from "../api.js";
import { TimelineQuery } from "../schemas/query.js";
import { Timeline } from "../schemas/timeline.js";

/** Who worked on what, and when; from memory, so also while NATS is away. */
export function addTimeline(app: Api, { view }: Coordinator): void {
  app.get(
    "/api/timeline",
    {
      schema: {
        tags: ["fleet"],
        summary: "Attempts by agent: those that ran within a stretch of time",
        querystring: TimelineQuery,
        response: { 200: Timeline },
      },
    },
    ({ query: { since, until, agent } }): z.output<typeof Timeline> => {
      const { as_of } = view;
      const from = timeOf(since, as_of);
      const to = until === undefined ? Date.parse(as_of) : timeOf(until, as_of);
      if (from > to) {
        throw new MjError("usage", `since (${since}) is after until (${until ?? "now"})`, {
          hint: "since is the earlier of the two: since=2h&until=1h",
        });
      }
      return {
        since: new Date(from).toISOString(),
        until: new Date(to).toISOString(),
        forgotten_until: view.attempts.forgottenUntil,
        agents: view.attempts.between(from, to, agent),
      };
    },
  );
}

/** @param now ISO time from which a duration counts back @returns epoch ms */
function timeOf(text: string, now: string): number {
  const ago = parseDuration(text);
  return ago === undefined ? Date.parse(text) : Math.max(0, Date.parse(now) - ago);
}
