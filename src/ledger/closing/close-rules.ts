/** By which rules a month is closed. Rules can improve; what a close fixed by earlier ones stays, and is still made anew by them. */

/**
 * - `by-line`: each line of the statement is its rate times its base, and only a cap withholds.
 * - `by-group`, the rules before: each group of calls that were split alike was trued up by itself, so a line over several
 *   groups could be picodollars off, and calls that a cap cut had none of their parts trued up.
 */
export type CloseRules = "by-line" | "by-group";

export const PRESENT_RULES: CloseRules = "by-line";

/** All that ledgers were closed by, the present ones first. */
export const CLOSE_RULES: readonly CloseRules[] = [PRESENT_RULES, "by-group"];
