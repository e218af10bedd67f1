import { useSignal } from "@preact/signals";
import { post, type Problem, problemFrom } from "../api.js";
import type { BudgetStanding } from "../wire.js";
import { Dialog } from "../ui/dialog.js";
import { Trouble } from "../ui/empty.js";
import { say } from "../ui/toast.js";

const HELP = { day: "For today only: tomorrow it is as before.", week: "For this week only: then it is as before." };

/** Asks by how much. */
export function Raise({
  standing: { role, per, limit },
  onClose,
  onDone,
}: {
  standing: BudgetStanding;
  onClose: () => void;
  onDone: () => void;
}) {
  const amount = useSignal("");
  const reason = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const kind = limit.usd === null ? "tokens" : "usd";
  const name = role ?? "the workspace";
  const raise = async (): Promise<void> => {
    try {
      const why = reason.value.trim();
      await post("api/budgets/raise", { role, [kind]: Number(amount.value), ...(why !== "" && { reason: why }) });
      say({ tone: "good", text: `the budget of ${name} is raised` });
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    }
  };
  return (
    <Dialog title={`Raise the budget of ${name}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void raise();
        }}
      >
        {per !== "task" && <p class="faint">{HELP[per]}</p>}
        <label class="field">
          <span>{kind === "usd" ? "By so many USD" : "By so many tokens"}</span>
          <input
            type="number"
            required
            min={kind === "usd" ? "0.01" : "1"}
            step={kind === "usd" ? "0.01" : "1"}
            value={amount}
            onInput={(event) => void (amount.value = event.currentTarget.value)}
            autofocus
          />
        </label>
        <label class="field">
          <span>Why (shown with it)</span>
          <input
            type="text"
            maxLength={1000}
            value={reason}
            onInput={(event) => void (reason.value = event.currentTarget.value)}
          />
        </label>
        {problem.value && <Trouble problem={problem.value} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="button primary">
            Raise it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
