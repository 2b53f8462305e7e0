import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SettledCall } from "../../../src/domain/ledger.ts";
import { ppm } from "../../../src/domain/units.ts";
import { closePeriod } from "../../../src/ledger/close.ts";
import { createAccountNames } from "../../../src/ledger/journal/account-names.ts";
import { createBeancountWriter } from "../../../src/ledger/journal/beancount.ts";
import { entriesOfCall, entriesOfClosing, remarkOfCall } from "../../../src/ledger/journal/entry.ts";
import { createHledgerWriter } from "../../../src/ledger/journal/hledger.ts";
import type { JournalWriter } from "../../../src/ledger/journal/journal-writer.ts";
import { isInstalled, runInstalled } from "../../support/installed.ts";
import { book, monthBook } from "../../support/month-book.ts";
import { chargeOf, settledCall } from "../../support/settled-call.ts";

const MONTH = "2026-03";
const CALLS = [
  settledCall("a", { charge: chargeOf(1_234_567_890_123n) }),
  settledCall("b", { charge: chargeOf(3n), hosting: null }),
  settledCall("c", { charge: chargeOf(3n), partner: "first-party", hosting: null }),
  settledCall("late", { charge: chargeOf(9_223_372_036_854_775_807n), effectiveAt: "2026-02-28" }),
  settledCall('odd "quotes" \\ | ; and\na line', { clauses: ["C1", "C2"], model: "a,b" }),
  settledCall("back", {
    seller: "microsoft",
    partner: "azure-channel",
    charge: chargeOf(4_000_000_000_005n),
    hosting: null,
    legs: [
      { clause: "C12", party: "openai", sharePpm: ppm(200_000) },
      { clause: "C12", party: "microsoft", sharePpm: ppm(800_000) },
    ],
  }),
  settledCall("unknown", { charge: { kind: "unpriced", reason: "usage unknown" } }),
];

const folder = mkdtempSync(join(tmpdir(), "clauseway-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a journal", () => {
  it("has an entry for each transaction of a call, dated in the month that it is booked in", () => {
    const [first] = book([settledCall("late", { effectiveAt: "2026-02-28" })], MONTH);
    if (!first) throw new Error("one call was booked");
    const entries = entriesOfCall(first);
    expect(entries.map(({ date, narration }) => [date, narration])).toEqual([
      ["2026-03-01", "accrue chat.completions.create"],
      ["2026-03-01", "host chat.completions.create"],
    ]);
    expect(entries[0]?.metadata).toContainEqual(["original-date", "2026-02-28"]);
    expect(entries[0]?.metadata).toContainEqual(["request", "late"]);
    expect(entries[0]?.metadata).toContainEqual(["digest", "d".repeat(64)]);
  });

  it("dates what a close posts on the last day of the month, leap years included", () => {
    const dateIn = (month: string): string | undefined => {
      const calls = book([settledCall("a", { effectiveAt: `${month}-05` })]);
      return entriesOfClosing(closePeriod(monthBook(calls, month), { cutoffSeq: 1n, closedAtMs: 0 }))[0]
        ?.date;
    };
    expect(["2026-02", "2028-02", "2100-02", "2000-02", "2026-04", "2026-12"].map(dateIn)).toEqual([
      "2026-02-28",
      "2028-02-29",
      "2100-02-28",
      "2000-02-29",
      "2026-04-30",
      "2026-12-31",
    ]);
  });

  it("tells of a call in suspense in words, having no posting for it", () => {
    const text = journalOf(createBeancountWriter(), CALLS);
    expect(text).toMatch(/^; 2026-03-31 suspense:unpriced seq 7 request unknown: usage unknown$/m);
  });

  it("keeps accounts apart that a program would spell alike", () => {
    const names = createAccountNames((part) => part.toLowerCase());
    expect(names.nameOf("share:C1:x")).toBe("income:share:c1:x");
    expect(names.nameOf("share:c1:x")).toBe("income:share:c1:x-2");
    expect(names.nameOf("share:C1:x")).toBe("income:share:c1:x");
    expect(names.known()).toEqual(["income:share:c1:x", "income:share:c1:x-2"]);
  });

  it("of nothing is still a journal", () => {
    expect(journalOf(createHledgerWriter(), [])).toContain("commodity USD 1.000000000000");
  });
});

describe.runIf(isInstalled("bean-check"))("bean-check", () => {
  it("accepts the journal", () => {
    expect(run("bean-check", journalOf(createBeancountWriter(), CALLS), "beancount")).toMatchObject({
      status: 0,
      output: "",
    });
  });

  it("refuses it when an amount is off by one picodollar", () => {
    const text = journalOf(createBeancountWriter(), CALLS);
    const broken = text.replace("1.234567890123 USD", "1.234567890124 USD");
    expect(broken).not.toBe(text);
    expect(run("bean-check", broken, "beancount").output).toContain("Transaction does not balance");
  });
});

describe.runIf(isInstalled("hledger"))("hledger check", () => {
  it("accepts the journal in its strict mode", () => {
    const text = journalOf(createHledgerWriter(), CALLS);
    expect(run("hledger", text, "journal", ["check", "--strict", "-f"])).toMatchObject({
      status: 0,
      output: "",
    });
  });

  it("refuses it when an amount is off by one picodollar", () => {
    const text = journalOf(createHledgerWriter(), CALLS);
    const broken = text.replace("USD 1.234567890123", "USD 1.234567890124");
    expect(broken).not.toBe(text);
    expect(run("hledger", broken, "journal", ["check", "-f"]).output).toMatch(/unbalanced|sum should be 0/);
  });

  it("adds up to the balances of the ledger, with no debt left after the close", () => {
    const text = journalOf(createHledgerWriter(), CALLS);
    const { output } = run("hledger", text, "journal", [
      "balance",
      "-N",
      "--flat",
      "-E",
      "liabilities:payable",
      "-f",
    ]);
    expect(output).toMatch(/^\s*0\s+liabilities:payable:openai:microsoft$/m);
    expect(run("hledger", text, "journal", ["balance", "-N", "income:share:c11", "-f"]).output).not.toMatch(
      /[1-9]/,
    );
  });
});

function journalOf(writer: JournalWriter, calls: readonly SettledCall[]): string {
  const booked = book(calls, MONTH);
  const closing = closePeriod(monthBook(booked, MONTH), { cutoffSeq: 99n, closedAtMs: 0 });
  const parts = [writer.head("simulated")];
  for (const each of booked) {
    const remark = remarkOfCall(each);
    if (remark !== null) parts.push(writer.remark(remark));
    parts.push(...entriesOfCall(each).map(writer.entry));
  }
  parts.push(...entriesOfClosing(closing).map(writer.entry), writer.tail());
  return parts.join("");
}

function run(
  program: string,
  text: string,
  ending: string,
  words: readonly string[] = [],
): { readonly status: number | null; readonly output: string } {
  const file = join(folder, `test.${ending}`);
  writeFileSync(file, text);
  return runInstalled(program, [...words, file]);
}
