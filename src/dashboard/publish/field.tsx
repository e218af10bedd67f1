import type { ComponentChildren } from "preact";
import type { Field } from "./fields.js";

interface FieldProps {
  field: Field;
  value: string | boolean | undefined;
  problem: string | undefined;
  onChange: (value: string | boolean) => void;
}

/** What the schema does not say of itself. */
const HINTS: Readonly<Record<string, string>> = {
  type: "what roles match, such as design",
  tags: "several with commas between",
  files: "globs, with commas between",
  blocked_by: "ids it waits for, with commas between",
  on_blocker_failure: "what becomes of it when one of those fails",
  not_before: "10m, or 2030-01-31T09:00:00Z",
  timeout: "30m, or milliseconds",
  payload: "JSON for the command",
  task_id: "chosen for you when empty",
  idempotency_key: "published once, however often it is sent",
  require_approval: "waits until somebody approves it",
};

const labelOf = (name: string): string => {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** One field of a form that was made from a schema. */
export function FormField({ field, value, problem, onChange }: FieldProps) {
  const { name, widget, required } = field;
  const hint = field.description ?? HINTS[name];
  const id = `field-${name}`;
  const about = {
    id,
    name,
    required,
    "aria-invalid": problem !== undefined,
    "aria-describedby": problem || hint ? `${id}-hint` : undefined,
  };
  const text = typeof value === "string" ? value : "";
  const onInput = ({ currentTarget }: { currentTarget: { value: string } }): void => onChange(currentTarget.value);
  let input: ComponentChildren;
  if (widget.kind === "yes") {
    return (
      <label class="field check" for={id}>
        <input
          {...about}
          required={false}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>
          {labelOf(name)}{" "}
          {hint && (
            <span id={`${id}-hint`} class="faint">
              {hint}
            </span>
          )}
        </span>
      </label>
    );
  } else if (widget.kind === "choice") {
    input = (
      <select {...about} value={text} onChange={onInput}>
        <option value="">as usual</option>
        {widget.of.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    );
  } else if (widget.kind === "text" || widget.kind === "json") {
    const isJson = widget.kind === "json";
    input = (
      <textarea
        {...about}
        rows={isJson ? 3 : 5}
        class={isJson ? "mono" : ""}
        spellcheck={!isJson}
        value={text}
        onInput={onInput}
      />
    );
  } else if (widget.kind === "number") {
    input = (
      <input
        {...about}
        type="number"
        min={widget.min ?? undefined}
        max={widget.max ?? undefined}
        value={text}
        onInput={onInput}
      />
    );
  } else {
    const most = widget.kind === "line" && widget.maxLength !== null ? widget.maxLength : undefined;
    input = <input {...about} type="text" maxLength={most} autocomplete="off" value={text} onInput={onInput} />;
  }
  return (
    <div class="field">
      <label for={id}>
        {labelOf(name)}
        {required && <span class="faint"> needed</span>}
      </label>
      {input}
      {(problem ?? hint) && (
        <span id={`${id}-hint`} class={problem ? "tone-bad" : "faint"}>
          {problem ? `${labelOf(name)} ${problem}` : hint}
        </span>
      )}
    </div>
  );
}
