/** `clauseway explain` as a user runs it: by facts, from a file, from the ledger; and what a user gets wrong. */

import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decide } from "../../src/agreement/decide.ts";
import { readPolicy } from "../../src/app/configuration-files.ts";
import { readSettings } from "../../src/app/settings.ts";
import type { Axis } from "../../src/decision-table/axes.ts";
import { choosePolicy } from "../../src/policy/choose-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { openSqliteStore } from "../../src/stores/sqlite/sqlite-store.ts";
import { copyConfig, type ConfigCopy } from "../support/config-copy.ts";
import { runCli } from "../support/run-cli.ts";
import { settledCall, stateEntry } from "../support/settled-call.ts";
import { startTestWorld, type TestWorld } from "../support/world.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const MIXED = fileURLToPath(new URL("../../load-tests/scenarios/mixed.yaml", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clauseway-explain-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function saved(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

/** Runs it with a data folder that has no ledger, unless one is named; expects exit 0. */
async function explained(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(["explain", ...args], { CLAUSEWAY_DATA_DIR: folder });
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return stdout;
}

/** The shipped policy, as a server with these flags has it. */
function policyUnder(flags: {
  readonly reading: string;
  readonly shares: string;
  readonly date: string;
}): Policy {
  const { configDir, shares, reading, contractDate } = readSettings(flags, {});
  const chosen = choosePolicy(readPolicy(configDir, shares), { date: contractDate, reading });
  if (chosen.kind === "missing") throw new Error(chosen.message);
  return chosen.policy;
}

/** Without line breaks, which fall where the page ends. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

interface ExplainedJson {
  readonly decision: { readonly kind: string; readonly providers?: readonly string[] } | null;
  readonly [section: string]: unknown;
}

async function explainedJson(...args: readonly string[]): Promise<ExplainedJson> {
  return JSON.parse(await explained(...args, "--json")) as ExplainedJson;
}

async function mistaken(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(["explain", ...args], { CLAUSEWAY_DATA_DIR: folder });
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
  expect(exitCode).toBe(2);
  return stderr;
}

const CALL = [
  "--workload",
  "stateless",
  "--family",
  "openai",
  "--partner",
  "amazon",
  "--product",
  "api",
  "--region=us",
];
const SECTIONS = ["DECISION", "BECAUSE", "MATTERS", "IRRELEVANT", "REJECTED", "REVENUE", "NEAREST", "FLIPS"];

describe("by facts", () => {
  test("prints every section, on lines that fit a page", async () => {
    const text = await explained(...CALL);
    expect(SECTIONS.filter((label) => !new RegExp(`^${label} `, "m").test(text))).toEqual([]);
    expect(text).toMatch(/^DECISION +azure only$/m);
    expect(text).toMatch(
      /^BECAUSE +C1 HOST-STATELESS \(obligation, summarised .*\)\s+config\/agreements\/2026-02-27\.yaml:\d+:\d+$/m,
    );
    expect(text).toMatch(/^IRRELEVANT .*region/m);
    expect(text).toMatch(/^REJECTED +aws, coreweave, google, stargate +C1 \(obligation\)$/m);
    expect(text).toMatch(/microsoft 20 % \(200,000 ppm\), openai 80 % \(800,000 ppm\)/);
    expect(text).toMatch(/applies on every cloud/);
    expect(text).toMatch(/workload=stateful +-> aws or azure +by C9/);
    expect(text).toMatch(/regime 2026-04-27 +-> any provider/);
    expect(text.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  test("says which facts are defaults, and which ones the date gave", async () => {
    const text = await explained(...CALL);
    expect(text).toMatch(/^FACTS +given .*partner=amazon/m);
    expect(text).toMatch(/^ +by default .*customer=commercial/m);
    expect(text).toMatch(/^ +on 2026-03-31 +agi=not-verified/m);
  });

  test("has the same sections as JSON", async () => {
    const json = await explainedJson(...CALL);
    const fields = SECTIONS.map((label) => label.toLowerCase());
    expect(Object.keys(json)).toEqual(
      expect.arrayContaining(["terms", "given", "facts", "class", ...fields]),
    );
    expect(json.decision).toMatchObject({
      kind: "allowed",
      providers: ["azure"],
      clauses: ["C1", "C2", "C3", "C13"],
    });
    expect(json["terms"]).toMatchObject({
      regime: "2026-02-27",
      reading: "default",
      contractDate: "2026-03-31",
    });
    expect(json["class"]).toBeNull();
  });

  test("explains a denial, and exits 0", async () => {
    const text = await explained("--product", "partner-product");
    expect(text).toMatch(/^DECISION +denied \(infeasible\): such a call cannot exist/m);
    expect(text).not.toMatch(/^REVENUE/m);
  });

  test("under another regime, looked at on its first day, or another reading", async () => {
    const json = await explainedJson("--regime", "2026-04-27");
    expect(json["terms"]).toMatchObject({ regime: "2026-04-27", contractDate: "2026-04-27" });
    const other = await explainedJson("--reading", "strict-azure", "--workload", "stateful");
    expect(other.decision?.providers).toEqual(["azure"]);
  });
});

describe("from a file", () => {
  const chat = { model: "gpt-5.4", messages: [{ role: "user", content: "hello" }] };

  test("a saved request, its lines ended by CRLF: who sent it, how it was classed, where it goes", async () => {
    const head = "POST https://api.example/v1/chat/completions HTTP/2\r\nHost: api.example\r\n";
    const headers = "Authorization: Bearer fake-partner-amazon\r\nContent-Type: application/json\r\n\r\n";
    const text = await explained(await saved("crlf.http", head + headers + JSON.stringify(chat)));
    expect(text).toMatch(
      /^REQUEST +POST \/v1\/chat\/completions \(chat\.completions\.create\)\n +from amazon/m,
    );
    expect(text).toMatch(/^ANSWER +sent to azure\/eastus2/m);
    expect(text).toMatch(/^CLASS +stateless\n +K1 ONE-SHOT .*classification\.yaml:\d+:\d+/m);
    // In the order of the axes, as for a call of the ledger.
    expect(text).toMatch(
      /^ +not on +api=chat  cache=short  content=none  prewarm=no  prompt=none  store=\w+$/m,
    );
    expect(text).toMatch(/^DECISION +azure only$/m);
    expect(text).not.toContain("fake-partner-amazon");
  });

  test("a session: its id is assumed to be held where it fits, or where --held-by says", async () => {
    const body = { model: "gpt-5.4", input: "and then?", previous_response_id: "resp_abc" };
    const file = await saved("session.json", JSON.stringify(body));
    const json = await explainedJson(file);
    expect(json["request"]).toMatchObject({
      references: [{ id: "resp_abc", kind: "response", holder: { provider: "aws" }, ledger: null }],
      answer: { kind: "sent", deployment: { provider: "aws" }, handOver: [] },
    });
    expect(json["class"]).toMatchObject({ ruling: { workload: "stateful" }, because: [{ id: "K2" }] });
    const text = await explained(file);
    expect(flat(text)).toMatch(/held by aws, which is assumed/);
    // With other values of these it would be a session as well, by other rules.
    expect(text).toMatch(/^ +rests on +job=generate  state=resolved$/m);
    expect(text).toMatch(/^ +for what is cited +auto-container=no  background=no$/m);
    expect(await explained(file, "--held-by", "azure")).toMatch(/handed over/);
  });

  test("a reading that classes the request otherwise is among the flips", async () => {
    const file = await saved("first.json", JSON.stringify({ model: "gpt-5.4", input: "hello" }));
    expect(await explained(file)).toMatch(/reading api-family +-> stateful: aws or azure +by C9/);
  });

  test.each([
    [
      "a provider of choice",
      { ...chat, api_base: "http://x" },
      /^ANSWER +400 provider_request_forbidden: `api_base`/m,
    ],
    ["an unknown model", { ...chat, model: "gpt-9" }, /^ANSWER +404 model_not_found: the model `gpt-9`/m],
  ])("%s is refused as the gateway refuses it, before a decision", async (name, body, answer) => {
    const file = await saved(`${name}.json`, JSON.stringify(body));
    const text = await explained(file);
    expect(text).toMatch(answer);
    expect(text).not.toMatch(/^DECISION/m);
    expect((await explainedJson(file)).decision).toBeNull();
  });

  test("a stranger's request is refused, unless --as names a partner", async () => {
    const headers = "content-type: application/json\nauthorization: Bearer sk-of-somebody\n\n";
    const text = `POST /v1/chat/completions HTTP/1.1\n${headers}${JSON.stringify(chat)}`;
    const file = await saved("stranger.http", text);
    const refused = await explained(file);
    expect(refused).toMatch(/^ANSWER +401 invalid_api_key/m);
    expect(refused).not.toContain("sk-of-somebody");
    expect(await explained(file, "--as", "first-party")).toMatch(/from first-party \(named by --as\)/);
  });

  test("standard input is read for `-`", () => {
    const { stdout, status } = spawnSync(process.execPath, [MAIN, "explain", "-"], {
      input: JSON.stringify(chat),
      env: { PATH: process.env["PATH"] ?? "", CLAUSEWAY_DATA_DIR: folder },
      encoding: "utf8",
    });
    expect(stdout).toMatch(/told by the field `messages`/);
    expect(status).toBe(0);
  });
});

describe("from the ledger", () => {
  let world: TestWorld;

  beforeAll(async () => {
    world = await startTestWorld();
  });
  afterAll(() => world.close());

  async function send(path: string, body: object): Promise<{ requestId: string; id: string }> {
    const response = await fetch(`${world.urls.gateway}/v1${path}`, {
      method: "POST",
      headers: { authorization: "Bearer fake-partner-direct", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { id } = (await response.json()) as { id: string };
    return { requestId: response.headers.get("x-clauseway-request-id") ?? "", id };
  }

  test("a call that was just served is recorded as it is decided now", async () => {
    const { requestId } = await send("/responses", {
      model: "gpt-5.4",
      input: "hello",
      max_output_tokens: 8,
    });
    const data = dirname(world.ledgerFile);
    const text = await explained("--request", requestId, "--data", data);
    expect(text).toMatch(new RegExp(`^RECORDED +${requestId}`, "m"));
    expect(text).toMatch(/served +azure\//);
    expect(text).toMatch(/charged +\d+\.\d{12} USD \(simulated\)/);
    expect(text).toMatch(/^TODAY +the policy has the digest .* the decision is the same$/m);
    expect(text).toMatch(/^CLASS +stateless/m);
    const json = await explainedJson("--request", requestId, "--data", data, "--reading", "api-family");
    expect(json["recorded"]).toMatchObject({
      comparison: { sameDigest: false, sameDecision: false },
      logged: { requestId, answer: { workload: "stateless", provider: "azure" } },
    });
    const otherwise = await explained("--request", requestId, "--data", data, "--reading", "api-family");
    expect(flat(otherwise)).toMatch(
      /the policy that was asked for has another digest, .* would differ: its class would be stateful instead of stateless/,
    );
    expect(flat(otherwise)).toMatch(/under reading api-family as asked; as it was then: --reading default/);
  });

  test("ids of a saved body are looked up there", async () => {
    const { id } = await send("/responses", { model: "gpt-5.4", input: "hello", max_output_tokens: 8 });
    const data = dirname(world.ledgerFile);
    const known = await saved(
      "known.json",
      JSON.stringify({ model: "gpt-5.4", input: "x", previous_response_id: id }),
    );
    expect(flat(await explained(known, "--data", data))).toMatch(/held by azure\/\w+, says the ledger/);
    const unknown = await saved(
      "unknown.json",
      JSON.stringify({ model: "gpt-5.4", input: "x", previous_response_id: "resp_no" }),
    );
    const text = await explained(unknown, "--data", data);
    expect(text).toMatch(
      /^ANSWER +400 previous_response_not_found: previous response with id `resp_no` not found/m,
    );
    expect(flat(text)).toMatch(/unknown to the ledger/);
    expect(await explained(known, "--data", data, "--as", "amazon")).toMatch(
      /400 previous_response_not_found/,
    );
  });

  describe("a call of another date, reading and share preset", () => {
    let data: string;
    const THEN = ["--date", "2025-11-01", "--reading", "invocation", "--shares", "three-party"];

    beforeAll(async () => {
      data = await mkdtemp(join(tmpdir(), "clauseway-explain-then-"));
      const terms = { reading: "invocation", shares: "three-party", date: "2025-11-01" };
      const { agreement, classifier, digest } = policyUnder(terms);
      const usual = (axes: readonly Axis[]) =>
        Object.fromEntries(axes.map(({ name, defaultValue }) => [name, defaultValue]));
      const facts = { ...usual(agreement.axes), product: "first-party" };
      const { clauses } = decide(agreement, facts);
      const store = await openSqliteStore({ file: join(data, "ledger.sqlite") });
      await store.settle(
        settledCall("req_then", {
          effectiveAt: terms.date,
          agreement: "2025-10-28",
          clauses,
          digest,
          facts,
          evidence: usual(classifier.axes),
        }),
      );
      await store.close();
    });
    afterAll(() => rm(data, { recursive: true, force: true }));

    test("is explained under those, unless others are asked for", async () => {
      const json = await explainedJson("--request", "req_then", "--data", data);
      expect(json["terms"]).toMatchObject({
        contractDate: "2025-11-01",
        regime: "2025-10-28",
        reading: "invocation",
        shares: "three-party",
      });
      expect(json["recorded"]).toMatchObject({
        under: { date: "recorded", reading: "recorded" },
        comparison: { sameDigest: true, sameDecision: true },
      });
      expect(flat(await explained("--request", "req_then", "--data", data))).toMatch(
        /the decision is the same decided anew as of 2025-11-01, the date of the call, under its reading invocation FACTS/,
      );
    });

    test("says with which flags it is asked as it was then, where another date is asked for", async () => {
      const asked = ["--date", "2026-03-31", "--reading", "default", "--shares", "azure-exclusive"];
      const text = flat(await explained("--request", "req_then", "--data", data, ...asked));
      expect(text).toMatch(
        /the policy that was asked for has another digest, .* would cite C4 instead of C6/,
      );
      expect(text).not.toMatch(/another digest now/);
      expect(text).toContain(
        `not the date of the call, under reading default as asked; as it was then: ${THEN.join(" ")}`,
      );
      const then = await explainedJson("--request", "req_then", "--data", data, ...THEN);
      expect(then["recorded"]).toMatchObject({ comparison: { sameDigest: true, sameDecision: true } });
    });
  });

  test("a record without facts is shown, and not decided anew", async () => {
    const data = await mkdtemp(join(tmpdir(), "clauseway-explain-old-"));
    const store = await openSqliteStore({ file: join(data, "ledger.sqlite") });
    await store.settle(
      settledCall("req_old", {
        facts: {},
        evidence: {},
        stateChanges: [{ kind: "register", entry: stateEntry("resp_1") }],
      }),
    );
    await store.close();
    const text = await explained("--request", "req_old", "--data", data);
    expect(text).toMatch(/^TODAY +too little was recorded/m);
    expect(text).not.toMatch(/^DECISION/m);
    expect(await mistaken("--request", "req_nowhere", "--data", data)).toMatch(/no call `req_nowhere` in /);
    await rm(data, { recursive: true, force: true });
  });
});

describe("a policy with findings", () => {
  let config: ConfigCopy;
  beforeAll(() => {
    config = copyConfig();
    // Nothing permits sessions any more.
    config.edit(
      "agreements/2026-02-27.yaml",
      "A3: infer-elsewhere, A14: either-host",
      "A3: infer-on-azure, A14: either-host",
    );
  });
  afterAll(() => config.remove());

  test("is explained: the gap as a denial, and in a line on stderr that there are findings", async () => {
    const { exitCode, stdout, stderr } = await runCli(
      ["explain", "--config", config.folder, "--workload", "stateful"],
      { CLAUSEWAY_DATA_DIR: folder },
    );
    expect(stdout).toMatch(/^DECISION +denied \(gap\)/m);
    expect(stderr).toMatch(/^clauseway: \d+ findings?: see `clauseway check`\n$/);
    expect(exitCode).toBe(0);
  });

  test.each([["readings"], ["diff", "2026-02-27", "2026-04-27", "--scenario", MIXED]])(
    "%s weighs by it, and says so",
    async (...args) => {
      const { exitCode, stdout, stderr } = await runCli([...args, "--config", config.folder]);
      expect(stdout).toMatch(/scenario mixed/);
      expect(stderr).toMatch(/^clauseway: \d+ findings?: see `clauseway check`\n$/);
      expect(exitCode).toBe(0);
    },
  );
});

test("a full disk behind standard output is told in a sentence", () => {
  const full = openSync("/dev/full", "w");
  const { stderr, status } = spawnSync(process.execPath, [MAIN, "explain"], {
    stdio: ["ignore", full, "pipe"],
    env: { PATH: process.env["PATH"] ?? "", CLAUSEWAY_DATA_DIR: folder },
    encoding: "utf8",
  });
  closeSync(full);
  expect(stderr).toBe("clauseway: cannot write the output: no space left on device\n");
  expect(status).toBe(2);
});

describe("mistakes", () => {
  test.each([
    [["--wrkload", "stateless"], /unknown option `--wrkload`, did you mean `--workload`\?/],
    [["--regime", "2026-02-28"], /unknown regime `2026-02-28`/],
    [["--regime", "2026-04-27", "--date", "2026-03-31"], /cannot be used with/],
    [["--reading", "narow"], /unknown reading `narow`/],
    [["--request", "req_1", "--workload", "batch"], /name different calls/],
    [["--request", "req_1"], /there is no ledger at/],
    [["--as", "direct"], /--as belongs to a saved request/],
    [["missing.http"], /cannot read missing\.http/],
  ])("%j", async (args, says) => {
    expect(await mistaken(...args)).toMatch(says);
  });
});
