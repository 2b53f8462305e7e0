/** A cloud's own count of the calls it served: what the gateway's ledger is checked against. In memory and bounded. */

export interface MeterRow {
  /** The caller's name for the call (`x-client-request-id`, `x-ms-client-request-id`); the job id of a completion. */
  readonly requestId: string | null;
  readonly caller: "gateway" | "direct";
  readonly project: string | null;
  readonly region: string;
  readonly operation: string;
  readonly model: string | null;
  /** HTTP status of the answer; 499 when the client left before it was whole. */
  readonly status: number;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  readonly trainedTokens: number | null;
  readonly streamed: boolean;
  readonly startedAtMs: number;
  readonly latencyMs: number;
}

export interface Meter {
  record(row: MeterRow): void;
  /**
   * Rows with a sequence number above `after`, oldest first, at most `limit`, as NDJSON lines. Numbers start at 1 and have no
   * gaps, except that the oldest rows are gone once more than the bound were recorded.
   */
  read(after: number, limit: number): string;
  /** Rows that were recorded and are gone. */
  dropped(): number;
}

const BLOCK_ROWS = 16_384;
const DEFAULT_MOST_ROWS = 2_000_000;
const UNKNOWN = -1;

/** 16,384 rows as columns: about 60 bytes a row beside the request id. */
interface Block {
  readonly firstSequence: number;
  rows: number;
  readonly requestIds: (string | null)[];
  readonly words: Record<WordColumn, Uint16Array>;
  readonly numbers: Record<NumberColumn, Float64Array>;
  readonly streamed: Uint8Array;
}

const WORD_COLUMNS = ["caller", "project", "region", "operation", "model"] as const;
const NUMBER_COLUMNS = [
  "status",
  "inputTokens",
  "cachedInputTokens",
  "outputTokens",
  "trainedTokens",
  "startedAtMs",
  "latencyMs",
] as const;
type WordColumn = (typeof WORD_COLUMNS)[number];
type NumberColumn = (typeof NUMBER_COLUMNS)[number];

/** A meter for one cloud. Beyond `mostRows` (rounded up to whole blocks) the oldest block goes. */
export function createMeter(provider: string, mostRows: number = DEFAULT_MOST_ROWS): Meter {
  const blocks: Block[] = [];
  const words = createWordList();
  const mostBlocks = Math.max(1, Math.ceil(mostRows / BLOCK_ROWS));
  let nextSequence = 1;

  const blockForNext = (): Block => {
    const last = blocks.at(-1);
    if (last && last.rows < BLOCK_ROWS) return last;
    const block = createBlock(nextSequence);
    blocks.push(block);
    if (blocks.length > mostBlocks) blocks.shift();
    return block;
  };

  return {
    record(row) {
      const block = blockForNext();
      const at = block.rows;
      block.requestIds.push(row.requestId);
      for (const column of WORD_COLUMNS) block.words[column][at] = words.numberOf(row[column]);
      for (const column of NUMBER_COLUMNS) block.numbers[column][at] = row[column] ?? UNKNOWN;
      block.streamed[at] = row.streamed ? 1 : 0;
      block.rows += 1;
      nextSequence += 1;
    },
    read(after, limit) {
      let lines = "";
      let left = limit;
      for (const block of blocks) {
        for (let at = Math.max(0, after + 1 - block.firstSequence); at < block.rows && left > 0; at += 1) {
          lines += `${JSON.stringify(rowAt(block, at, provider, words.wordOf))}\n`;
          left -= 1;
        }
      }
      return lines;
    },
    dropped: () => (blocks[0]?.firstSequence ?? 1) - 1,
  };
}

function createBlock(firstSequence: number): Block {
  const wordColumn = (): Uint16Array => new Uint16Array(BLOCK_ROWS);
  const numberColumn = (): Float64Array => new Float64Array(BLOCK_ROWS);
  return {
    firstSequence,
    rows: 0,
    requestIds: [],
    words: {
      caller: wordColumn(),
      project: wordColumn(),
      region: wordColumn(),
      operation: wordColumn(),
      model: wordColumn(),
    },
    numbers: {
      status: numberColumn(),
      inputTokens: numberColumn(),
      cachedInputTokens: numberColumn(),
      outputTokens: numberColumn(),
      trainedTokens: numberColumn(),
      startedAtMs: numberColumn(),
      latencyMs: numberColumn(),
    },
    streamed: new Uint8Array(BLOCK_ROWS),
  };
}

function rowAt(
  block: Block,
  at: number,
  provider: string,
  wordOf: (number: number) => string | null,
): object {
  const word = (column: WordColumn): string | null => wordOf(block.words[column][at] ?? 0);
  const count = (column: NumberColumn): number | null => {
    const value = block.numbers[column][at] ?? UNKNOWN;
    return value === UNKNOWN ? null : value;
  };
  return {
    seq: block.firstSequence + at,
    requestId: block.requestIds[at] ?? null,
    caller: word("caller"),
    project: word("project"),
    provider,
    region: word("region"),
    operation: word("operation"),
    model: word("model"),
    status: count("status"),
    inputTokens: count("inputTokens"),
    cachedInputTokens: count("cachedInputTokens"),
    outputTokens: count("outputTokens"),
    trainedTokens: count("trainedTokens"),
    streamed: block.streamed[at] === 1,
    startedAtMs: count("startedAtMs"),
    latencyMs: count("latencyMs"),
  };
}

/** Repeated words by number. 0 is null; once 65,535 are known (callers choose project names) the rest share one. */
function createWordList(): {
  numberOf(word: string | null): number;
  wordOf(number: number): string | null;
} {
  const OTHER = 65_535;
  const numbers = new Map<string, number>();
  const list: (string | null)[] = [null];
  return {
    numberOf(word) {
      if (word === null) return 0;
      const known = numbers.get(word);
      if (known !== undefined) return known;
      if (list.length >= OTHER) return OTHER;
      numbers.set(word, list.length);
      return list.push(word) - 1;
    },
    wordOf: (number) => (number === OTHER ? "(other)" : (list[number] ?? null)),
  };
}
