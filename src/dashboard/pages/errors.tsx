import { getErrors } from "../api.js";
import { countOf, countText } from "../format.js";
import { useReread } from "../live/reread.js";
import { isSteerable } from "../live/store.js";
import { hrefTo } from "../router.js";
import { ask } from "../steer/asking.js";
import type { ErrorGroup } from "../wire.js";
import { useRead } from "../ui/async.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Icon } from "../ui/icon.js";
import { Loading } from "../ui/loading.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

const REREAD_MS = 2_000;

/** Failures of one cause together, the newest cause first. */
export default function ErrorsPage() {
  const groups = useRead((signal) => getErrors(signal), []);
  useReread(groups.again, REREAD_MS, (change) => change.type === "task_removed" || change.task.error !== null);
  const { value } = groups.value;
  if (value === null)
    return groups.problem.value ? <Trouble problem={groups.problem.value} /> : <Loading what="the errors" />;
  return (
    <div class="page errors">
      <header class="page-head">
        <h1>Errors</h1>
        <span class="faint">{countOf(value.length, "cause")}</span>
      </header>
      {groups.problem.value && <Trouble problem={groups.problem.value} />}
      {value.length === 0 ? (
        <Empty
          title="Nothing has failed. What fails is here, and on the command line:"
          command="mjagent tasks --status failed"
        />
      ) : (
        <ul class="groups">
          {value.map((group) => (
            <Group key={group.fingerprint} group={group} onDone={groups.again} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Group({ group, onDone }: { group: ErrorGroup; onDone: () => void }) {
  const { fingerprint, reason, message, count, last_seen, roles, examples } = group;
  const target = { query: { fingerprint, status: ["failed"] }, total: count };
  return (
    <li class="panel group">
      <p class="group-count num">
        {countText(count)}
        <span class="unseen"> tasks</span>
      </p>
      <div class="group-what">
        <p>
          <code class="reason tone-bad">{reason}</code> <Line of={message} />
        </p>
        <p class="faint">
          last <Age of={last_seen} suffix=" ago" />
          {roles.length > 0 && (
            <>
              {" · "}
              <Line of={roles.join(", ")} />
            </>
          )}
          {" · "}
          {examples.map((id) => (
            <a key={id} href={hrefTo(["tasks", id])}>
              <code>{id}</code>{" "}
            </a>
          ))}
        </p>
      </div>
      <div class="group-acts">
        <a class="button" href={hrefTo(["tasks"], { q: `fingerprint:${fingerprint}` })}>
          See all <Icon name="right" />
        </a>
        <button
          type="button"
          class="button tone-accent"
          disabled={!isSteerable.value}
          onClick={() => ask("retry", target, onDone)}
        >
          Retry {count === 1 ? "it" : "all"}
        </button>
      </div>
    </li>
  );
}
