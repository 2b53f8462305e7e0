import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/parse-yaml.ts";
import { formatCube } from "../../../src/decision-table/cubes.ts";
import {
  FINDING_CODES,
  FINDING_KINDS,
  isBlocking,
  type Finding,
  type FindingCode,
} from "../../../src/decision-table/findings.ts";
import { SMALL, SMALL_VOCABULARY } from "./small-agreement.ts";
import { findingsOf, readingText, smallPolicy, type SmallTexts } from "./small-policy.ts";

/** The small agreement with one part replaced, which must be there. */
function changed(before: string, after: string): string {
  if (!SMALL.includes(before)) throw new Error(`\`${before}\` is not there`);
  return SMALL.replace(before, after);
}

function clause(id: string, modality: string, rest: string): string {
  return `  - id: ${id}\n    name: EXTRA\n    modality: ${modality}\n    text: a clause for a test\n    basis: assumed\n    source: [S1]\n${rest}\n`;
}

const CALLER_REGION = SMALL_VOCABULARY.replace("region: { source: authenticated", "region: { source: caller");
const TOTAL = "- { id: P1, text: every call is decided, forall: {}, then: { verdict: allowed } }";

interface Fixture {
  readonly code: FindingCode;
  readonly what: string;
  readonly texts: SmallTexts;
  readonly mutate?: boolean;
  readonly place: string;
  readonly subject: string;
  readonly message: RegExp;
  /** The cells as cubes; none where the finding is about no cell. */
  readonly cubes: readonly string[];
  readonly severity: "error" | "warning";
}

/** One fixture for each code that checking a compiled table can give; CT011 and CT013 stop earlier, see below. */
const fixtures: readonly Fixture[] = [
  {
    code: "CT001",
    what: "a call that no clause hosts",
    texts: {
      agreements: [changed("when: { workload: stateful }", "when: { workload: stateful, region: eu }")],
    },
    place: "a0.yaml:10:3",
    subject: "clauses",
    message: /no clause says where such a call may be hosted/,
    cubes: ["region=us workload=stateful"],
    severity: "error",
  },
  {
    code: "CT001",
    what: "money that nobody gets",
    texts: { agreements: [changed("when: {}", "when: { region: us }")] },
    place: "a0.yaml:10:3",
    subject: "clauses",
    message: /no clause says who earns from such a call/,
    cubes: ["region=eu"],
    severity: "error",
  },
  {
    code: "CT002",
    what: "clauses that leave no provider",
    texts: {
      agreements: [
        changed(
          "modality: permission\n    text: sessions may go anywhere",
          "modality: prohibition\n    text: sessions go nowhere at all",
        ),
      ],
    },
    place: "a0.yaml:20:5",
    subject: "C2",
    message: /C2 and C3 leave no provider/,
    cubes: ["region=eu workload=stateful"],
    severity: "error",
  },
  {
    code: "CT002",
    what: "two splits of one revenue",
    texts: {
      agreements: [
        SMALL +
          clause(
            "C5",
            "remuneration",
            "    when: { region: eu }\n    then: { share_ppm: { openai: 1000000 } }",
          ),
      ],
    },
    place: "a0.yaml:37:5",
    subject: "C4",
    message: /C4 and C5 split the revenue differently/,
    cubes: ["region=eu"],
    severity: "error",
  },
  {
    code: "CT003",
    what: "a clause that no possible call meets",
    texts: {
      agreements: [
        changed(
          "infeasible: []",
          "infeasible: [{ id: X1, when: { workload: stateful }, because: not sold here }]",
        ),
      ],
    },
    place: "a0.yaml:29:5",
    subject: "C3",
    message: /C3 is met by no call that can exist/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT003",
    what: "a definition that nothing decisive rests on",
    texts: { agreements: [SMALL + clause("C5", "definition", "    when: {}")] },
    place: "a0.yaml:45:5",
    subject: "C5",
    message: /nothing that rests on C5 ever decides/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT004",
    what: "a clause that another overrides everywhere",
    texts: {
      agreements: [
        changed(
          "when: { region: eu }\n    then: { provider: { in: any } }",
          "when: {}\n    then: { provider: { in: any } }",
        ),
      ],
    },
    place: "a0.yaml:10:5",
    subject: "C1",
    message: /C1 is overridden wherever it fires, by C2/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT005",
    what: "a clause without which every decision is the same",
    texts: {
      agreements: [
        SMALL +
          clause(
            "C5",
            "obligation",
            "    when: { workload: stateless }\n    then: { provider: { in: [azure] } }\n    except: [C6]",
          ) +
          clause(
            "C6",
            "permission",
            "    when: { region: eu, workload: stateless }\n    then: { provider: { in: any } }\n    overrides: [C5]",
          ),
      ],
    },
    place: "a0.yaml:10:5",
    subject: "C1",
    message: /without C1 every decision is the same/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT006",
    what: "an avoidance of doubt that another clause decides",
    texts: {
      agreements: [
        changed("includes: [{ region: us }]", "includes: [{ region: us }]").replace(
          "modality: permission\n    text: sessions may go anywhere",
          "modality: permission\n    includes: [{ region: eu }]\n    text: sessions may go anywhere",
        ) +
          clause(
            "C5",
            "obligation",
            "    when: { workload: stateful, region: eu }\n    then: { provider: { in: [aws] } }",
          ),
      ],
    },
    place: "a0.yaml:32:16",
    subject: "C3",
    message: /C3 says it includes these calls, and does not decide them/,
    cubes: ["region=eu workload=stateful"],
    severity: "error",
  },
  {
    code: "CT007",
    what: "a fact of the agreement that the caller controls and that widens",
    texts: { vocabulary: CALLER_REGION, readings: [readingText("default")] },
    place: "v.yaml:5:3",
    subject: "region",
    message: /the caller alone widens where a call may run: region=eu instead of us, and aws opens/,
    cubes: ["region=us workload=stateless"],
    severity: "error",
  },
  {
    code: "CT008",
    what: "a property that fails",
    texts: {
      properties: [
        "- { id: P1, text: stateless calls stay on azure, forall: { workload: stateless }, then: { providers: { subsetOf: [azure] } } }",
      ],
    },
    place: "p.yaml:2:5",
    subject: "P1",
    message: /P1 "stateless calls stay on azure" fails: gets \{aws, azure\} by C2, C4/,
    cubes: ["region=eu workload=stateless"],
    severity: "error",
  },
  {
    code: "CT008",
    what: "an axis that should not matter, and does",
    texts: {
      properties: [
        "- { id: P1, text: the region moves no host, forall: { workload: stateless }, invariantUnder: [region], of: [providers] }",
      ],
    },
    place: "p.yaml:2:5",
    subject: "P1",
    message: /P1 "the region moves no host" fails: gets \{azure\} by C1, C4/,
    cubes: ["region=us workload=stateless"],
    severity: "error",
  },
  {
    code: "CT008",
    what: "an example that fails",
    texts: {
      agreements: [
        `${SMALL}examples: [{ id: E1, text: a call from Europe, given: { region: eu }, expect: { providers: [azure] } }]\n`,
      ],
    },
    place: "a0.yaml:45:12",
    subject: "E1",
    message: /E1 "a call from Europe" fails: allowed on aws, azure/,
    cubes: ["region=eu workload=stateful"],
    severity: "error",
  },
  {
    code: "CT009",
    what: "a property about nothing",
    texts: {
      agreements: [
        changed(
          "infeasible: []",
          "infeasible: [{ id: X1, when: { workload: stateful }, because: not sold here }]",
        ),
      ],
      properties: [
        "- { id: P1, text: sessions are hosted, forall: { workload: stateful }, then: { verdict: allowed } }",
      ],
    },
    place: "p.yaml:2:5",
    subject: "P1",
    message: /P1 meets no cell/,
    cubes: [],
    severity: "error",
  },
  {
    code: "CT009",
    what: "a property that concerns no reading",
    texts: {
      properties: [
        "- { id: P1, text: every call is decided, readings: { A9: spill }, forall: {}, then: { verdict: allowed } }",
      ],
    },
    place: "p.yaml:2:5",
    subject: "P1",
    message: /P1 concerns no regime and reading that is loaded/,
    cubes: [],
    severity: "error",
  },
  {
    code: "CT010",
    what: "a clause that no property and no example asks for",
    texts: { properties: [TOTAL] },
    place: "a0.yaml:20:5",
    subject: "C2",
    message: /without C2 every property and example still holds/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT012",
    what: "regimes that overlap",
    texts: {
      agreements: [
        changed("to: null", "to: 2026-06-01"),
        changed("regime: test", "regime: next").replace("from: 2026-01-01", "from: 2026-05-01"),
      ],
    },
    place: "a1.yaml:6:22",
    subject: "next",
    message: /next begins on 2026-05-01, while test is in force to 2026-06-01/,
    cubes: [],
    severity: "error",
  },
  {
    code: "CT012",
    what: "a hole between regimes",
    texts: {
      agreements: [
        changed("to: null", "to: 2026-06-01"),
        changed("regime: test", "regime: next").replace("from: 2026-01-01", "from: 2026-07-01"),
      ],
    },
    place: "a1.yaml:6:22",
    subject: "next",
    message: /no regime is in force from 2026-06-01 to 2026-07-01/,
    cubes: [],
    severity: "error",
  },
  {
    code: "CT014",
    what: "a change that nobody notices",
    texts: { properties: [TOTAL] },
    mutate: true,
    place: "a0.yaml:10:5",
    subject: "C1: provider aws added",
    message: /nobody notices "C1: provider aws added"/,
    cubes: ["region=us workload=stateless"],
    severity: "warning",
  },
  {
    code: "CT015",
    what: "an exception without which the property holds as well",
    texts: { properties: [exceptFor("{ region: us }, because: nothing is taken out here")] },
    place: "p.yaml:2:84",
    subject: "P1",
    message: /P1 holds without this exception, which excuses nothing/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT015",
    what: "an exception outside of the condition",
    texts: { properties: [exceptFor("{ workload: stateless }, because: the property is not about these")] },
    place: "p.yaml:2:84",
    subject: "P1",
    message: /P1 holds without this exception, which excuses nothing/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT015",
    what: "an accepted finding that there is not",
    texts: { agreements: [`${SMALL}accepted: [{ code: CT005, subject: C1, because: kept for a test }]\n`] },
    place: "a0.yaml:45:12",
    subject: "C1",
    message: /CT005 of C1 is accepted, and was not found/,
    cubes: [],
    severity: "warning",
  },
  {
    code: "CT015",
    what: "an accepted widening by which the caller widens nothing",
    texts: {},
    place: "r0.yaml:87:5",
    subject: "cache",
    message: /`cache` is accepted, and the caller widens nothing by it/,
    cubes: [],
    severity: "warning",
  },
];

/** Idle excuses of the properties and the agreement; the small reading accepts more than the small agreement needs. */
function idle(texts: SmallTexts, mutate = false): readonly Finding[] {
  return findingsOf("CT015", texts, mutate).filter(({ file }) => file !== "r0.yaml");
}

/** A property about sessions, which holds. */
function exceptFor(when: string): string {
  return `- { id: P1, text: sessions are decided, forall: { workload: stateful }, except: [{ when: ${when} }], then: { verdict: allowed } }`;
}

test("an exception that a property needs somewhere is not idle, nor is one for choices that no reading makes", () => {
  const property = (exception: string): string =>
    `- { id: P1, text: stateless calls stay on azure, forall: { workload: stateless }, except: [{ when: { region: eu }, because: it may leave, ${exception} }], then: { providers: { equals: [azure] } } }`;
  expect(idle({ properties: [property("readings: { A9: fail }")] })).toEqual([]);
  expect(findingsOf("CT008", { properties: [property("readings: { A9: fail }")] })).toEqual([]);
  const other = property("readings: { A9: spill }").replace(
    "text: stateless",
    "readings: { A9: spill }, text: stateless",
  );
  expect(idle({ properties: [other] })).toEqual([]);
});

describe("each finding has its code, its place, its cells and a way to mend it", () => {
  test.each(fixtures.map((fixture) => [fixture.code, fixture.what, fixture] as const))(
    "%s: %s",
    (_, __, fixture) => {
      const found = findingsOf(fixture.code, fixture.texts, fixture.mutate);
      const own = found.find(
        ({ subject, message }) => subject === fixture.subject && fixture.message.test(message),
      );
      expect(found.map(({ subject, message }) => `${subject}: ${message}`)).toContainEqual(
        expect.stringMatching(fixture.message),
      );
      expect(placeOf(own)).toBe(fixture.place);
      expect(own?.cover.cubes.map(formatCube)).toEqual(fixture.cubes);
      expect(own?.severity).toBe(fixture.severity);
      expect(own?.remedy.length).toBeGreaterThan(10);
      expect(own?.tables.length).toBeGreaterThan(0);
    },
  );

  test("every code has a fixture here, save the two that stop the compiler", () => {
    const covered = new Set<string>(fixtures.map(({ code }) => code));
    expect(FINDING_CODES.filter((code) => !covered.has(code))).toEqual(["CT011", "CT013"]);
  });

  test("the small agreement by itself has no error", () => {
    const codes = FINDING_CODES.filter((code) => findingsOf(code, {}).some(isBlocking));
    expect(codes).toEqual([]);
  });
});

describe("what no table can be made of carries its code too", () => {
  test.each([
    ["CT011", changed("openai: 800000, microsoft: 200000", "openai: 800000, microsoft: 100000")],
    ["CT013", changed("except: [C2]", "except: [C2, C9]")],
    ["CT013", changed("except: [C2]", "except: [C2]\n    overrides: [C2]")],
    ["CT012", changed("to: null", "to: 2025-01-01")],
  ])("%s", (code, text) => {
    const problems = problemsOf(() => findingsOf("CT001", { agreements: [text] }));
    expect(problems.map((problem) => problem.code)).toContain(code);
  });
});

test.each(FINDING_CODES)(
  "%s can be accepted by an agreement only if it is a warning about a clause",
  (code) => {
    const text = `${SMALL}accepted: [{ code: ${code}, subject: C1, because: kept for a test }]\n`;
    const problems = problemsOf(() => smallPolicy({ agreements: [text] }));
    const acceptable = ["CT003", "CT004", "CT005", "CT010", "CT014"].includes(code);
    expect(problems.map(({ message }) => message)).toEqual(
      acceptable ? [] : [expect.stringContaining("only warnings about a clause can be accepted: CT003, ")],
    );
    if (acceptable) expect(FINDING_KINDS[code].severity).toBe("warning");
  },
);

test("survivors that are accepted are not missed where no mutant was tried", () => {
  const text = `${SMALL}accepted: [{ code: CT014, subject: "C1: provider aws added", because: kept for a test }]\n`;
  expect(idle({ agreements: [text] })).toEqual([]);
  expect(idle({ agreements: [text], properties: [TOTAL] }, true)).toEqual([]);
});

test("an accepted finding stays listed with its reason and stops nothing", () => {
  const text = `${changed("infeasible: []", "infeasible: [{ id: X1, when: { workload: stateful }, because: not sold here }]")}accepted: [{ code: CT003, subject: C3, because: kept for the day sessions are sold }]\n`;
  const [own] = findingsOf("CT003", { agreements: [text] });
  expect(own?.accepted).toBe("kept for the day sessions are sold");
});

test("a widening that the reading accepts is a finding with its reason", () => {
  const reading = readingText("default").replace(
    "accepted_widenings:\n",
    "accepted_widenings:\n  - id: region\n    reason: the caller says where it calls from\n",
  );
  const found = findingsOf("CT007", { vocabulary: CALLER_REGION, readings: [reading] });
  expect(found.map(({ accepted }) => accepted)).toContain("the caller says where it calls from");
  expect(found.every(({ accepted }) => accepted !== null)).toBe(true);
});

test("mistakes of several files are told together", () => {
  const problems = problemsOf(() =>
    smallPolicy({
      agreements: [changed("currency: USD", "curency: USD"), changed("regime: test", "regime: [test]")],
      readings: [readingText("default", { A7: "strickt" })],
    }),
  );
  expect(new Set(problems.map(({ file }) => file))).toEqual(new Set(["a0.yaml", "a1.yaml", "r0.yaml"]));
});

describe("a mistake in one kind of file hides none in another", () => {
  const tab = ["\tforall: {}"];
  const wrongWord = [
    "- { id: P1, text: every call is decided, forall: { regoin: us }, then: { verdict: allowed } }",
  ];
  const filesOf = (texts: SmallTexts): readonly string[] => [
    ...new Set(problemsOf(() => smallPolicy(texts)).map(({ file }) => file)),
  ];

  test("what is no YAML is told in every file, whatever else cannot be read", () => {
    const bomb = "a: &a [lol]\nb: *a\n";
    const texts = { agreements: [bomb, SMALL], readings: [bomb], shares: [bomb], properties: tab };
    const all = ["a0.yaml", "p.yaml", "r0.yaml", "s0.yaml"];
    expect(filesOf({ ...texts, vocabulary: "axis: {}\n" })).toEqual([...all, "v.yaml"]);
    expect(filesOf({ ...texts, classification: "rulez: []\n" })).toEqual([
      "a0.yaml",
      "c.yaml",
      ...all.slice(1),
    ]);
  });

  test("the words of the properties are checked as far as the files are there that declare them", () => {
    const agreements = [changed("modality: obligation", "modality: oblgation")];
    expect(filesOf({ agreements, properties: wrongWord })).toEqual(["a0.yaml", "p.yaml"]);
    expect(filesOf({ classification: "rulez: []\n", properties: wrongWord })).toEqual(["c.yaml", "p.yaml"]);
    const vocabulary = SMALL_VOCABULARY.replace("source: derived,", "source: derived, default: statefull,");
    expect(filesOf({ vocabulary, properties: wrongWord })).toEqual(["p.yaml", "v.yaml"]);
  });

  test("and what may be declared in a file that cannot be read is not called unknown", () => {
    const otherwise = readingText("default").replace(
      /(A23:\n {4}choose: narrow\n)/,
      "$1    regimes: { next: broad }\n",
    );
    const texts = {
      agreements: [
        SMALL,
        changed("regime: test", "regime: next").replace("modality: obligation", "modality: oblgation"),
      ],
      readings: [otherwise],
      properties: [
        "- { id: P1, text: every call is decided, regimes: [next], forall: {}, then: { cites: { none: [C9] } } }",
      ],
    };
    expect(filesOf(texts)).toEqual(["a1.yaml"]);
  });
});

function placeOf(own: Finding | undefined): string | undefined {
  return own && `${own.file}:${own.line}:${own.column}`;
}

function problemsOf(action: () => unknown): ConfigError["problems"] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
