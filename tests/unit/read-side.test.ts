/** How a user names a side of a comparison. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSide, type SideDefaults } from "../../src/app/read-side.ts";
import { UsageError } from "../../src/app/settings.ts";
import { ConfigError } from "../../src/config/config-error.ts";
import { copyConfig } from "../support/config-copy.ts";
import { CONFIG_FOLDER, shipped } from "./agreement/shipped.ts";

const folder = mkdtempSync(join(tmpdir(), "clauseway-side-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DEFAULTS: SideDefaults = {
  configDir: CONFIG_FOLDER,
  reading: "default",
  date: "2026-03-31",
  shares: null,
};
const sideOf = (text: string, changes: Partial<SideDefaults> = {}) =>
  readSide(text, shipped, { ...DEFAULTS, ...changes });

let copies = 0;

/** A shipped file under another name, changed. */
function copyOf(path: string, change: (text: string) => string = (text) => text): string {
  copies += 1;
  const file = join(folder, `copy-${copies}.yaml`);
  writeFileSync(file, change(readFileSync(join(CONFIG_FOLDER, path), "utf8")));
  return file;
}

test.each([
  ["2025-10-28", {}, "2025-10-28 x default"],
  ["2025-10-28", { reading: "permissive" }, "2025-10-28 x permissive"],
  ["strict-azure", {}, "2026-02-27 x strict-azure"],
  ["strict-azure", { date: "2026-05-01" }, "2026-04-27 x strict-azure"],
  ["2023-01:retention", { reading: "permissive", date: "2026-05-01" }, "2023-01 x retention"],
  ["retention:2023-01", {}, "2023-01 x retention"],
])("%s with %j is %s", (text, changes, name) => {
  const { name: found, policy } = sideOf(text, changes);
  expect(found).toBe(name);
  expect(`${policy.agreement.regime} x ${policy.agreement.readingId}`).toBe(name);
});

test("an agreement of a file is read in the words of the configuration, and keeps its path as its name", () => {
  const file = copyOf("agreements/2026-04-27.yaml");
  const side = sideOf(file);
  expect(side.name).toBe(`${file} x default`);
  expect(side.policy.digest).toBe(sideOf("2026-04-27").policy.digest);
  expect(sideOf(`${file}:permissive`).policy.digest).toBe(sideOf("2026-04-27:permissive").policy.digest);
});

test("a reading of a file extends those of the configuration, and stands in place of the one with its id", () => {
  const same = copyOf("readings/retention.yaml");
  expect(sideOf(same).policy.digest).toBe(sideOf("retention").policy.digest);
  const other = copyOf("readings/default.yaml", (text) =>
    text.replace("choose: strict", "choose: descriptive"),
  );
  const changed = sideOf(`2026-02-27:${other}`);
  expect(changed.policy.agreement.choices.A7).toBe("descriptive");
  expect(changed.policy.agreement.choices.A10).toBe(sideOf("default").policy.agreement.choices.A10);
});

describe("a configuration folder", () => {
  const config = copyConfig();
  afterAll(() => config.remove());
  config.edit("readings/retention.yaml", "id: retention", "id: keeping");
  config.edit("facts.yaml", "thirty-days: 30", "thirty-days: 31");

  test.each([
    ["", "2026-02-27 x default"],
    [":2025-10-28", "2025-10-28 x default"],
    [":keeping:2023-01", "2023-01 x keeping"],
    [":three-party", "2026-02-27 x default x three-party"],
  ])("folder%s has what the folder says", (rest, name) => {
    const side = sideOf(`${config.folder}${rest}`);
    expect(side.name).toBe(`${config.folder} x ${name}`);
    expect(side.policy.facts.head_start.days["thirty-days"]).toBe(31);
    expect(side.policy.agreement.source.file.startsWith(config.folder)).toBe(true);
  });

  test("the date picks its regime, and reading and share preset are those of the flags where it names none", () => {
    const usual = { date: "2026-05-01", reading: "permissive", shares: "three-party" };
    expect(sideOf(config.folder, usual).name).toBe(
      `${config.folder} x 2026-04-27 x permissive x three-party`,
    );
  });

  test("one that is as shipped is the same policy", () => {
    expect(sideOf(`${CONFIG_FOLDER}:retention`).policy.digest).toBe(sideOf("retention").policy.digest);
  });

  test("what only the other configuration has is refused", () => {
    expect(() => sideOf(`${config.folder}:retention`)).toThrow(
      /neither a regime, a reading nor a share preset/,
    );
  });

  test("two of them, and a folder of something else, are refused with what to do", () => {
    expect(() => sideOf(`${config.folder}:${CONFIG_FOLDER}`)).toThrow(
      /names several configuration folders; a side has one FOLDER/,
    );
    expect(() => sideOf(folder)).toThrow(/is no configuration folder: it has no vocabulary\.yaml/);
  });
});

test.each([
  [
    "defualt",
    /`defualt` is no file or folder, and neither a regime, a reading nor a share preset, did you mean `default`\?/,
  ],
  ["missing.yaml", /cannot read missing\.yaml: there is no such file/],
  [
    "2026-02-27:2026-04-27",
    /names several regimes; a side has one FOLDER, REGIME, READING and SHARES at most, joined by `:`/,
  ],
  ["default:retention", /names several readings/],
  [":", /`` is no file or folder, and neither a regime, a reading nor a share preset/],
  [join(CONFIG_FOLDER, "models.yaml"), /neither `agreement:` nor `reading:` at its top/],
])("%s is refused with what to do", (text, says) => {
  expect(() => sideOf(text)).toThrow(UsageError);
  expect(() => sideOf(text)).toThrow(says);
});

test("a date without a regime and a reading that there is not are refused", () => {
  expect(() => sideOf("default", { date: "1999-01-01" })).toThrow(/no regime is in force on 1999-01-01/);
  expect(() => sideOf("2026-02-27", { reading: "strict" })).toThrow(/unknown reading `strict`/);
});

test("a file with mistakes is refused with their places", () => {
  const agreement = copyOf("agreements/2026-04-27.yaml", (text) =>
    text.replace("currency: USD", "currency: EUR"),
  );
  expect(() => sideOf(agreement)).toThrow(ConfigError);
  expect(() => sideOf(agreement)).toThrow(/\.yaml:\d+:\d+ agreement\.currency/);
  const reading = copyOf("readings/retention.yaml", (text) =>
    text.replace("extends: default", "extends: defalt"),
  );
  expect(() => sideOf(reading)).toThrow(/unknown reading `defalt`/);
  const elsewhere = copyOf("readings/default.yaml", (text) =>
    text.replace("2025-10-28: broad", "2025-10-82: broad"),
  );
  expect(() => sideOf(elsewhere)).toThrow(/unknown regime `2025-10-82`, did you mean `2025-10-28`/);
});
