import { useSignal } from "@preact/signals";
import { costText, countText } from "../format.js";
import { isSteerable } from "../live/store.js";
import type { Tone } from "../words.js";
import type { BudgetStanding } from "../wire.js";
import type { Read } from "../ui/async.js";
import { type IconName, Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Moment } from "../ui/time.js";
import { Raise } from "./raise.js";
import { Section } from "./section.js";

const LOOKS: Record<BudgetStanding["state"], { icon: IconName; tone: Tone; words: string }> = {
  ok: { icon: "completed", tone: "good", words: "ok" },
  warning: { icon: "lost", tone: "warn", words: "near" },
  reached: { icon: "failed", tone: "bad", words: "used up" },
};

/** How the budgets stand, and raising one for what is left of its period. */
export function Budgets({ budgets }: { budgets: Read<BudgetStanding[]> }) {
  const raising = useSignal<BudgetStanding | null>(null);
  return (
    <>
      <Section title="Budgets" of={budgets}>
        {(all) =>
          all.length === 0 ? (
            <p class="faint">
              There are none. <code>budget: {"{ usd: 5, per: day }"}</code> in a role, or under <code>workspace:</code>{" "}
              in <code>mjagent.yaml</code>.
            </p>
          ) : (
            <ul class="settings-rows">
              {all.map((standing) => (
                <One key={standing.role} standing={standing} onRaise={() => void (raising.value = standing)} />
              ))}
            </ul>
          )
        }
      </Section>
      {raising.value && (
        <Raise
          standing={raising.value}
          onClose={() => void (raising.value = null)}
          onDone={() => {
            raising.value = null;
            budgets.again();
          }}
        />
      )}
    </>
  );
}

function One({ standing, onRaise }: { standing: BudgetStanding; onRaise: () => void }) {
  const { role, per, state, percent, until, raise } = standing;
  const name = role ?? "workspace";
  return (
    <li class="with-act">
      <Mark {...LOOKS[state]} />
      <div>
        <p>
          <strong>
            <Line of={name} />
          </strong>{" "}
          {amounts(standing)} a {per}
        </p>
        <p class="faint">
          {percent === null ? "begins anew with each task" : `${percent}% used`}
          {until !== null && (
            <>
              {"; anew at "}
              <Moment of={until} />
            </>
          )}
          {raise && (
            <>
              {"; raised by "}
              <Line of={raise.by} />
            </>
          )}
        </p>
      </div>
      {percent !== null && (
        <button
          type="button"
          class="button"
          aria-label={`Raise the budget of ${name}`}
          disabled={!isSteerable.value}
          onClick={onRaise}
        >
          Raise
        </button>
      )}
    </li>
  );
}

/** `$4.10 of $5.00 and 900 of 1,000 tokens`. */
function amounts({ spent, limit }: BudgetStanding): string {
  const of = (used: string, most: string): string => (spent === null ? most : `${used} of ${most}`);
  const usd = limit.usd === null ? [] : [of(costText(spent?.usd ?? 0), costText(limit.usd))];
  const tokens = limit.tokens === null ? [] : [`${of(countText(spent?.tokens ?? 0), countText(limit.tokens))} tokens`];
  return [...usd, ...tokens].join(" and ");
}
