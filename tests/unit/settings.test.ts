/** Where the ledger is, as flags and variables say it. */

import { expect, test } from "vitest";
import { readSettings, UsageError } from "../../src/app/settings.ts";

const URL = "postgres://gate:fake-secret@db/money";
const VARIABLE = { CLAUSEWAY_LEDGER_URL: URL };

test.each([
  [{}, {}, null],
  [{ data: "d" }, {}, null],
  [{}, VARIABLE, URL],
  [{ ledger: URL }, {}, URL],
  [{ ledger: URL, data: "d" }, { CLAUSEWAY_LEDGER_URL: "postgres://other/money" }, URL],
  [{ ledger: "", data: "d" }, VARIABLE, null],
  // Both by variable, as a process that `up` or `load` starts is told them.
  [{}, { ...VARIABLE, CLAUSEWAY_DATA_DIR: "d" }, URL],
  [{ data: "d" }, { CLAUSEWAY_LEDGER_URL: "" }, null],
])("flags %j and variables %j: the ledger is at %j", (flags, environment, ledgerUrl) => {
  expect(readSettings(flags, environment)).toMatchObject({ ledgerUrl });
});

test("a folder by flag and a server by variable are refused, without the password, and both ways out are told", () => {
  const read = () => readSettings({ data: "d" }, VARIABLE);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(/--data and CLAUSEWAY_LEDGER_URL .*give --ledger URL .*unset CLAUSEWAY_LEDGER_URL/);
  expect(read).not.toThrow("fake-secret");
});
