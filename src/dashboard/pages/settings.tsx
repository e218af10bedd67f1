import { getBudgets, getDoctor, getLocks, getSettings } from "../api.js";
import { natsConnection } from "../live/store.js";
import { Accounts } from "../settings/accounts.js";
import { Appearance } from "../settings/appearance.js";
import { Budgets } from "../settings/budgets.js";
import { Checks } from "../settings/checks.js";
import { CoordinatorFacts } from "../settings/coordinator.js";
import { Locks } from "../settings/locks.js";
import { Paused } from "../settings/paused.js";
import { Rules } from "../settings/rules.js";
import { useRead } from "../ui/async.js";
import { Icon } from "../ui/icon.js";
import "../styles/settings.css";

/** Whether all is well, what holds here, what holds work back, and where to change it. */
export default function SettingsPage() {
  // Read anew when NATS goes or comes back.
  const on = [natsConnection.value?.connected];
  const checks = useRead(getDoctor, on);
  const settings = useRead(getSettings, on);
  const budgets = useRead(getBudgets, on);
  const locks = useRead(getLocks, on);
  const again = (): void => {
    for (const { again } of [checks, settings, budgets, locks]) again();
  };
  return (
    <div class="page settings">
      <header class="page-head">
        <h1>Settings</h1>
        <span class="spacer" />
        <button type="button" class="button" onClick={again}>
          <Icon name="again" />
          <span>Look again</span>
        </button>
      </header>
      <div class="settings-columns">
        <div class="settings-stack">
          <Checks checks={checks} />
          <Locks locks={locks} />
        </div>
        <div class="settings-stack">
          <CoordinatorFacts settings={settings} />
          <Rules settings={settings} />
          <Budgets budgets={budgets} />
          <Accounts settings={settings} />
          <Paused />
          <Appearance />
        </div>
      </div>
    </div>
  );
}
