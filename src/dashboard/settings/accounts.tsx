import { post, problemFrom } from "../api.js";
import { isSteerable } from "../live/store.js";
import type { Quota, Settings } from "../wire.js";
import type { Read } from "../ui/async.js";
import { Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Moment } from "../ui/time.js";
import { say } from "../ui/toast.js";
import { Section, Unknown } from "./section.js";

/** Accounts that providers refuse, and letting agents try them again. */
export const Accounts = ({ settings }: { settings: Read<Settings> }) => (
  <Section title="Accounts" of={settings}>
    {({ refused, scope }) =>
      refused === null ? (
        <Unknown />
      ) : refused.length === 0 ? (
        <p class="faint">No provider refuses an account.</p>
      ) : (
        <ul class="settings-rows">
          {refused.map((quota) => (
            <Refused key={quota.account} quota={quota} mayResume={scope === "operate"} onDone={settings.again} />
          ))}
        </ul>
      )
    }
  </Section>
);

function Refused({ quota, mayResume, onDone }: { quota: Quota; mayResume: boolean; onDone: () => void }) {
  const { account, until, by, message } = quota;
  const resume = async (): Promise<void> => {
    try {
      await post(`api/accounts/${encodeURIComponent(account)}/resume`, {});
      say({ tone: "good", text: `${account}: agents claim again` });
    } catch (error) {
      say({ tone: "bad", text: problemFrom(error).message });
    }
    onDone();
  };
  return (
    <li class="with-act">
      <Mark icon="paused" tone="warn" words={account} />
      <span class="faint">
        until <Moment of={until} />; <Line of={by} />: <Line of={message} />
      </span>
      {mayResume && (
        <button
          type="button"
          class="button"
          aria-label={`Resume ${account}`}
          disabled={!isSteerable.value}
          onClick={() => void resume()}
        >
          Resume
        </button>
      )}
    </li>
  );
}
