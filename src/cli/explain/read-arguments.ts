/** Arguments that commander does not know: a file, and facts as `--AXIS VALUE`, since the axes are data. */

import { UsageError } from "../../app/settings.ts";
import { didYouMean } from "../../config/did-you-mean.ts";
import type { CallFacts } from "../../domain/call.ts";

export interface ExplainArguments {
  /** `-` is standard input. */
  readonly file: string | null;
  readonly facts: CallFacts;
}

/** By axis: its values. */
type Axes = Readonly<Record<string, { readonly values: Readonly<Record<string, string>> }>>;

/** Throws UsageError for an unknown axis or value, one without a value or given twice, and for a second file. */
export function readArguments(
  args: readonly string[],
  axes: Axes,
  ownOptions: readonly string[],
): ExplainArguments {
  const facts: Record<string, string> = {};
  let file: string | null = null;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "-" || !arg.startsWith("-")) {
      if (file !== null) throw new UsageError(`one file at a time, got \`${file}\` and \`${arg}\``);
      file = arg;
      continue;
    }
    const [option = "", inline] = splitOnce(arg);
    const axis = option.replace(/^--/, "");
    const values = Object.keys(axes[axis]?.values ?? {});
    if (!option.startsWith("--") || values.length === 0) {
      // Commander takes an option of its own unless it was given a value that it has no use for.
      if (ownOptions.includes(option))
        throw new UsageError(`${option} takes no value, got \`${inline ?? ""}\``);
      const known = [...Object.keys(axes).map((each) => `--${each}`), ...ownOptions];
      throw new UsageError(`unknown option \`${option}\`${didYouMean(option, known)}`);
    }
    if (facts[axis] !== undefined) throw new UsageError(`${option} is given twice`);
    facts[axis] = readValue(option, inline ?? rest.shift(), values);
  }
  return { file, facts };
}

function splitOnce(arg: string): readonly [string, string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function readValue(option: string, value: string | undefined, values: readonly string[]): string {
  if (value !== undefined && values.includes(value)) return value;
  if (value === undefined || value.startsWith("--")) {
    throw new UsageError(`${option} needs a value: ${values.join(", ")}`);
  }
  throw new UsageError(`unknown value \`${value}\` for ${option}${didYouMean(value, values)}`);
}
