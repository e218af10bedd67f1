import { z } from "zod";
import { GROUPINGS, usageBy, type UsageRow, usageRow } from "../../domain/usage.js";
import { MjError } from "../../errors.js";
import { usageSince } from "../../operations/usage.js";
import type { CommandContext } from "../context.js";
import { PastMoment, shortTime } from "../moment.js";
import { readOptions } from "../options.js";
import { usageColumns, usageCsv } from "../usage-view.js";

const UsageOptions = z.object({
  by: z.enum(GROUPINGS, { error: `expected one of: ${GROUPINGS.join(", ")}` }).default("agent"),
  since: PastMoment.prefault("30d"),
  csv: z.boolean().default(false),
});

export async function run(context: CommandContext): Promise<undefined> {
  const { by, since, csv } = readOptions(context, UsageOptions);
  const { out } = context;
  if (csv && (out.json || out.quiet)) {
    throw new MjError("usage", "--csv goes with neither --json nor --quiet", { hint: "give one of them" });
  }
  const entries = await usageSince(await context.session(), since);
  const rows = usageBy(entries, by);
  if (csv) {
    out.exact(usageCsv(rows, by));
    return;
  }
  const forPeople = out.isTTY && !out.json && !out.quiet && rows.length > 0;
  out.list<UsageRow>(forPeople ? [...rows, usageRow("total", entries)] : rows, {
    id: ({ name }) => name ?? "",
    columns: (style) => usageColumns(style, by),
    empty: `nothing was used since ${shortTime(since.toISOString(), Date.now())}, or no command has told of it`,
  });
}
