import { expect, test } from "vitest";
import { UsageError } from "../../src/app/settings.ts";
import { readArguments } from "../../src/cli/explain/read-arguments.ts";

const AXES = {
  workload: { values: { stateless: "one exchange", stateful: "a session" } },
  region: { values: { us: "in America", eu: "in Europe" } },
};

function read(...args: readonly string[]): ReturnType<typeof readArguments> {
  return readArguments(args, AXES, ["--json", "--held-by"]);
}

test("facts are options of whatever axes there are, beside one file", () => {
  expect(read()).toEqual({ file: null, facts: {} });
  expect(read("--workload", "stateful", "--region=eu")).toEqual({
    file: null,
    facts: { workload: "stateful", region: "eu" },
  });
  expect(read("call.http")).toEqual({ file: "call.http", facts: {} });
  expect(read("-")).toEqual({ file: "-", facts: {} });
});

test.each<[readonly string[], RegExp]>([
  [["--wrkload", "stateless"], /unknown option `--wrkload`, did you mean `--workload`\?/],
  [["--heldby", "azure"], /unknown option `--heldby`, did you mean `--held-by`\?/],
  [["--toString", "x"], /unknown option `--toString`/],
  [["-w", "stateless"], /unknown option `-w`/],
  [["--workload", "statless"], /unknown value `statless` for --workload, did you mean `stateless`\?/],
  [["--json=5"], /--json takes no value, got `5`/],
  [["--workload"], /--workload needs a value: stateless, stateful/],
  [["--workload", "--region", "us"], /--workload needs a value/],
  [["--region", "us", "--region", "eu"], /--region is given twice/],
  [["one.http", "two.http"], /one file at a time, got `one\.http` and `two\.http`/],
])("%j is a mistake", (args, says) => {
  expect(() => read(...args)).toThrow(UsageError);
  expect(() => read(...args)).toThrow(says);
});
