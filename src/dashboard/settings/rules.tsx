import { formatDuration } from "../../domain/duration.js";
import type { Budget } from "../../domain/budget.js";
import { costText, countOf, countText } from "../format.js";
import type { Settings } from "../wire.js";
import type { Read } from "../ui/async.js";
import { Section, Unknown } from "./section.js";

/** What holds for the whole fleet. It is changed where it is written: in the configuration. */
export const Rules = ({ settings }: { settings: Read<Settings> }) => (
  <Section title="Rules" of={settings}>
    {({ rules }) =>
      rules === null ? (
        <Unknown />
      ) : (
        <>
          <dl class="facts-list">
            <dt>max_running</dt>
            <dd>{rules.max_running === null ? "unlimited" : `${countOf(rules.max_running, "task")} at a time`}</dd>
            <dt>retention</dt>
            <dd>
              {rules.retention_ms === null
                ? "ended tasks are kept for ever"
                : `ended tasks are kept for ${formatDuration(rules.retention_ms)}`}
            </dd>
            <dt>budget</dt>
            <dd>{rules.budget === null ? "unlimited" : budgetText(rules.budget)}</dd>
          </dl>
          <p class="faint settings-note">
            Set under <code>workspace:</code> in <code>mjagent.yaml</code>; the next <code>mjagent run</code> or{" "}
            <code>serve</code> there makes it hold for all.
          </p>
        </>
      )
    }
  </Section>
);

function budgetText({ usd, tokens, per, hard }: Budget): string {
  const usdText = usd === undefined ? [] : [costText(usd)];
  const limits = [...usdText, ...(tokens === undefined ? [] : [`${countText(tokens)} tokens`])];
  return `${limits.join(" and ")} a ${per}${hard ? "; what runs is stopped at it, too" : ""}`;
}
