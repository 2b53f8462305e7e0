/**
 * What the agreement costs: checking the shipped configuration, compiling a large synthetic agreement, looking decisions up, and
 * `clauseway check --mutate`. All in one run, the median of several rounds; wall time, and CPU time beside it, since on a busy
 * machine only the latter says what the work is.
 *   npm run bench:agreement -- [--rounds 5] [--no-mutate]
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileAgreement, type CompiledAgreement } from "../../src/agreement/compile.ts";
import { decide } from "../../src/agreement/decide.ts";
import { readPolicy } from "../../src/app/configuration-files.ts";
import { choicesUnder, type Reading } from "../../src/agreement/reading.ts";
import { classify } from "../../src/classification/classify.ts";
import { compileClassifier, type Classifier } from "../../src/classification/compile.ts";
import { isBlocking } from "../../src/decision-table/findings.ts";
import type { CallFacts } from "../../src/domain/call.ts";
import { seededRng } from "../../src/domain/rng.ts";
import { checkPolicy, type CheckResult } from "../../src/policy/check-policy.ts";
import { EVERY_CALL } from "../../tests/unit/classification/every-call.ts";
import { syntheticAgreement } from "./synthetic-agreement.ts";

const CONFIG = fileURLToPath(new URL("../../config", import.meta.url));
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const CLAUSE_COUNTS = [5, 15, 30, 50] as const;
const COMPILED_CLAUSES = 30;
/** Different calls, drawn at random from all the cells, so that no single one stays hot. */
const CALLS = 4_096;
const LOOK_UPS = 2_000_000;

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, "no-mutate": { type: "boolean", default: false } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
  throw new RangeError(`--rounds is a whole number from 1 to 100, got \`${flags.rounds}\``);
}

const sources = readPolicy(CONFIG);
const [reading] = sources.readings;
const [agreement] = sources.agreements;
if (reading === undefined || agreement === undefined) throw new Error("the shipped configuration is empty");

print(
  `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, load ${loadavg()[0]?.toFixed(1)}`,
);
checkShipped();
compileSynthetic(reading);
lookUpDecisions(reading);
lookUpClasses(compileClassifier(sources.classification, choicesUnder(reading, agreement.regime)));
if (!flags["no-mutate"]) checkMutants();

/** Parsed, compiled and verified: the first round is cold, as a run of `clauseway check` is. */
function checkShipped(): void {
  let result: CheckResult | null = null;
  const costs = Array.from({ length: rounds + 1 }, () =>
    measure(() => {
      result = checkPolicy(readPolicy(CONFIG));
    }),
  );
  const [cold, ...warm] = costs;
  print("\nthe shipped configuration parsed, compiled and verified (aim: 2 s)");
  if (result !== null) describeResult(result);
  if (cold !== undefined) print(`  first round       ${costText(cold)}`);
  print(`  median of ${rounds}       ${costText(median(warm))}`);
  const parsing = Array.from({ length: rounds }, () => measure(() => readPolicy(CONFIG)));
  print(`  of which parsing  ${costText(median(parsing))}`);
}

function describeResult({ checked, variants, findings }: CheckResult): void {
  const policies = checked.map(({ policy }) => policy);
  const cells = policies.reduce((sum, { agreement }) => sum + agreement.cellCount, 0);
  const digest = createHash("sha256");
  for (const policy of policies) digest.update(policy.digest);
  const errors = findings.filter(isBlocking).length;
  print(`  ${policies.length} tables, ${count(cells)} cells, ${variants.length} variants, ${errors} errors`);
  print(`  digest of all tables ${digest.digest("hex")}`);
}

function compileSynthetic(reading: Reading): void {
  const agreement = syntheticAgreement(COMPILED_CLAUSES);
  let compiled: CompiledAgreement | null = null;
  const costs = Array.from({ length: rounds }, () =>
    measure(() => {
      compiled = compileAgreement(agreement, reading);
    }),
  );
  print(`\na synthetic agreement of ${COMPILED_CLAUSES} clauses compiled (aim: 1 s)`);
  if (compiled !== null) describeTable(compiled);
  print(`  median of ${rounds}       ${costText(median(costs))}`);
}

function describeTable({ cellCount, reduced, outcomes, digest }: CompiledAgreement): void {
  const { space, ruleSets } = reduced;
  print(
    `  ${count(cellCount)} cells, ${count(space.size)} after merging, ${count(ruleSets.length)} rule sets`,
  );
  print(`  ${count(outcomes.length)} outcomes, digest ${digest}`);
}

/** Over the same space for each number of clauses; interleaved, so that the machine's other work falls on all alike. */
function lookUpDecisions(reading: Reading): void {
  const tables = CLAUSE_COUNTS.map((clauses) => {
    const compiled = compileAgreement(syntheticAgreement(clauses), reading);
    return { clauses, compiled, calls: drawCalls(compiled) };
  });
  const costs = measureInTurn(
    tables.map(({ compiled, calls }) => () => {
      for (let index = 0; index < LOOK_UPS; index++) {
        decide(compiled, calls[index % CALLS] as CallFacts);
      }
    }),
  );
  const nanos = costs.map(nanosOf);
  print(
    "\ndecide(), 4,096 calls in turn among 1,500,000 cells (aim: 500 ns, whatever the number of clauses)",
  );
  tables.forEach(({ clauses }, index) =>
    print(`  ${String(clauses).padStart(2)} clauses        ${nanosText(nanos[index])}`),
  );
  print(`  50 clauses to 5   x ${((nanos.at(-1) ?? Number.NaN) / (nanos[0] ?? Number.NaN)).toFixed(2)}`);
}

function drawCalls({ axes }: CompiledAgreement): readonly CallFacts[] {
  const rng = seededRng(2);
  return Array.from({ length: CALLS }, () =>
    Object.freeze(
      Object.fromEntries(
        axes.map(({ name, values }) => [name, values[Math.floor(rng.next() * values.length)] ?? ""]),
      ),
    ),
  );
}

function lookUpClasses(classifier: Classifier): void {
  const rng = seededRng(3);
  const calls = Array.from({ length: CALLS }, () => EVERY_CALL[Math.floor(rng.next() * EVERY_CALL.length)]);
  const [cost] = measureInTurn([
    () => {
      for (let index = 0; index < LOOK_UPS; index++) {
        const call = calls[index % CALLS];
        if (call !== undefined) classify(classifier, call.operation, call.features);
      }
    },
  ]);
  print(`\nclassify(), of features that are read already; ${classifier.rules.length} rules`);
  print(`  one call          ${nanosText(cost && nanosOf(cost))}`);
}

/** As a user runs it, in a process of its own, once: it is the longest. */
function checkMutants(): void {
  const started = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, "check", "--mutate", "--json"], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const wallMs = performance.now() - started;
  if (status !== 0 && status !== 3) throw new Error(`check --mutate ended with ${status}: ${stderr}`);
  const { mutation } = JSON.parse(stdout) as { mutation: Readonly<Record<string, number>> };
  print("\n`clauseway check --mutate` (aim: 60 s)");
  print(
    `  ${Object.entries(mutation)
      .map(([what, number]) => `${what} ${count(number)}`)
      .join(", ")}`,
  );
  print(`  one run           ${wallMs.toFixed(0).padStart(7)} ms wall`);
}

function measure(work: () => void): Cost {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  work();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

/** The median of each, after a round that does not count. */
function measureInTurn(works: readonly (() => void)[]): readonly Cost[] {
  for (const work of works) work();
  const taken = Array.from({ length: rounds }, () => works.map(measure));
  return works.map((_, index) => median(taken.flatMap((round) => round[index] ?? [])));
}

function median(costs: readonly Cost[]): Cost {
  const middle = (pick: (cost: Cost) => number): number => {
    const sorted = costs.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return { wallMs: middle(({ wallMs }) => wallMs), cpuMs: middle(({ cpuMs }) => cpuMs) };
}

function nanosOf({ wallMs }: Cost): number {
  return (wallMs * 1_000_000) / LOOK_UPS;
}

function costText({ wallMs, cpuMs }: Cost): string {
  return `${wallMs.toFixed(0).padStart(7)} ms wall ${cpuMs.toFixed(0).padStart(7)} ms CPU`;
}

function nanosText(nanos: number | undefined): string {
  return `${(nanos ?? Number.NaN).toFixed(0).padStart(7)} ns`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
