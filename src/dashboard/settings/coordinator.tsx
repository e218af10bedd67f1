import type { Settings } from "../wire.js";
import type { Read } from "../ui/async.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import { Section } from "./section.js";

/** Which coordinator this page is of, and what it may do there. */
export const CoordinatorFacts = ({ settings }: { settings: Read<Settings> }) => (
  <Section title="Coordinator" of={settings}>
    {({ workspace, coordinator, nats, scope }) => (
      <dl class="facts-list">
        <dt>workspace</dt>
        <dd>
          <Line of={workspace.id} /> <span class="faint">subjects</span> <code>{workspace.prefix}.&gt;</code>
        </dd>
        <dt>mjagent</dt>
        <dd>
          {coordinator.version}, up for <Age of={coordinator.since} />
          {coordinator.leading && ", the dispatcher works here"}
        </dd>
        <dt>NATS</dt>
        <dd>
          <Line of={nats.version === "" ? nats.url : `${nats.url}, ${nats.version}`} />
          {!nats.connected && <span class="tone-warn"> away</span>}
        </dd>
        <dt>this login</dt>
        <dd>
          {scope === "operate" ? "may look and change" : "may look, and change nothing"}
          <span class="faint">
            {"; as "}
            <Line of={coordinator.person} />
          </span>
        </dd>
        <dt>API</dt>
        <dd>
          <a class="tone-accent" href="docs">
            /docs
          </a>{" "}
          <a class="tone-accent" href="openapi.json">
            /openapi.json
          </a>
        </dd>
      </dl>
    )}
  </Section>
);
