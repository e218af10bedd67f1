import { signal, useSignal } from "@preact/signals";
import { type Problem, post, problemFrom } from "../api.js";
import { countOf } from "../format.js";
import { isSteerable } from "../live/store.js";
import type { ListedAgent } from "../wire.js";
import { Dialog } from "../ui/dialog.js";
import { Trouble } from "../ui/empty.js";
import { say } from "../ui/toast.js";

const asking = signal<ListedAgent | null>(null);

/** Asks whether an agent is to leave; says so of one that does, and nothing of one that has. */
export function DrainButton({ agent }: { agent: ListedAgent }) {
  if (agent.lost || agent.status === "offline") return null;
  if (agent.draining) return <span class="tone-warn">draining</span>;
  return (
    <button
      type="button"
      class="button drain"
      aria-label={`Drain ${agent.agent_id}`}
      disabled={!isSteerable.value}
      onClick={() => void (asking.value = agent)}
    >
      Drain
    </button>
  );
}

export const DrainDialog = () =>
  asking.value && <Ask key={asking.value.agent_id} agent={asking.value} onClose={() => void (asking.value = null)} />;

function Ask({ agent: { agent_id, current_tasks }, onClose }: { agent: ListedAgent; onClose: () => void }) {
  const problem = useSignal<Problem | null>(null);
  const isAsking = useSignal(false);
  const drain = async (): Promise<void> => {
    isAsking.value = true;
    try {
      const { running } = await post<{ running: string[] }>(`api/agents/${encodeURIComponent(agent_id)}/drain`, {});
      const first = running.length === 0 ? "" : ` when ${countOf(running.length, "running task")} finished`;
      say({ tone: "good", text: `${agent_id} claims nothing more and leaves${first}` });
      onClose();
    } catch (error) {
      problem.value = problemFrom(error);
    }
    isAsking.value = false;
  };
  return (
    <Dialog title={`Drain ${agent_id}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isAsking.value) void drain();
        }}
      >
        <p>
          It claims nothing more
          {current_tasks.length > 0 && `, finishes ${countOf(current_tasks.length, "task")} that it runs`} and leaves.
        </p>
        <p class="faint">Its mjagent run ends with the last of its agents. From here it cannot be started again.</p>
        {problem.value && <Trouble problem={problem.value} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="button solid tone-bad" disabled={isAsking.value} autofocus>
            {isAsking.value ? "Drain …" : "Drain it"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
