import { useSignal } from "@preact/signals";
import { post, problemFrom } from "../api.js";
import { isSteerable } from "../live/store.js";
import { say } from "../ui/toast.js";

interface SayProps {
  channel: string;
  /** The task that it is about. */
  taskId?: string;
  onSaid: () => void;
}

/** A field to say something in. */
export function Say({ channel, taskId, onSaid }: SayProps) {
  const text = useSignal("");
  const invitation = taskId === undefined ? `Say something on ${channel}` : `Say something about it on ${channel}`;
  const send = async (): Promise<void> => {
    const message = text.value.trim();
    if (message === "" || !isSteerable.value) return;
    try {
      await post(`api/messages/${encodeURIComponent(channel)}`, {
        message,
        ...(taskId !== undefined && { task_id: taskId }),
      });
      text.value = "";
      onSaid();
    } catch (error) {
      const { message: what, hint } = problemFrom(error);
      say({ tone: "bad", text: hint === null ? what : `${what}: ${hint}` });
    }
  };
  return (
    <form
      class="say"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <input
        type="text"
        aria-label={invitation}
        placeholder={taskId === undefined ? invitation : "Say something about it"}
        maxLength={4_000}
        value={text}
        onInput={(event) => void (text.value = event.currentTarget.value)}
      />
      <button type="submit" class="button primary" disabled={!isSteerable.value}>
        Send
      </button>
    </form>
  );
}
