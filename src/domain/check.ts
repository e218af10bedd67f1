/** What one look of `mjagent doctor` came to. */
export interface Check {
  /** What was looked at: the same word every time. */
  id: string;
  /** `warn`: it works, and somebody should know; `fail`: something does not work. */
  status: "ok" | "warn" | "fail";
  what: string;
  /** Some on several lines. */
  why: string | null;
  /** The next step. */
  hint: string | null;
}

export const CHECK_STATUSES = ["ok", "warn", "fail"] as const satisfies readonly Check["status"][];

type More = Partial<Pick<Check, "why" | "hint">>;

const found = (id: string, status: Check["status"], what: string, { why = null, hint = null }: More = {}): Check => ({
  ...{ id, status, what, why, hint },
});

export const fine = (id: string, what: string, more?: More): Check => found(id, "ok", what, more);
export const doubtful = (id: string, what: string, more: More): Check => found(id, "warn", what, more);
export const broken = (id: string, what: string, more: More): Check => found(id, "fail", what, more);

/** How many of each there are, for people: `2 warnings, 1 failure`; `all is well`. */
export function checksText(checks: readonly Check[]): string {
  const count = (status: Check["status"], thing: string): string[] => {
    const many = checks.filter((check) => check.status === status).length;
    return many === 0 ? [] : [`${many} ${thing}${many === 1 ? "" : "s"}`];
  };
  return [...count("fail", "failure"), ...count("warn", "warning")].join(", ") || "all is well";
}
