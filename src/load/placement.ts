/** Where calls were served, by the clouds' own meters joined with the calls by request id: never by the gateway's word. */

import type { PartnerId, ProviderId, WorkloadClass } from "../domain/call.ts";
import type { CallProfile } from "./call-profile.ts";
import type { AskedCall } from "./recorder.ts";

/** One row of a cloud's meter, as far as placement needs it. */
export interface MeterRow {
  readonly provider: ProviderId;
  readonly requestId: string | null;
  readonly operation: string;
  readonly status: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export interface PlacementCell {
  readonly partner: PartnerId;
  readonly workload: WorkloadClass;
  readonly provider: ProviderId;
  /** Calls that this provider answered with success. */
  readonly calls: number;
  /** Attempts that this provider metered with another status. */
  readonly failedAttempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A call that the meters do not show once, by its id. */
export interface OddCall {
  readonly requestId: string;
  readonly profile: CallProfile;
  readonly providers: readonly ProviderId[];
}

export interface Placement {
  /** Ordered by partner, class, provider. */
  readonly cells: readonly PlacementCell[];
  /** Answered calls that no cloud metered. */
  readonly missing: readonly OddCall[];
  /** Calls that clouds answered with success more than once. */
  readonly duplicates: readonly OddCall[];
  /** Metered calls by id, for each provider and class; expectations name the wrong ones. */
  readonly servedAt: (provider: ProviderId, workload: WorkloadClass) => readonly string[];
  /** Rows that our calls caused and that serve none: state handed over, jobs looked after and ended. */
  readonly handoverRows: number;
  /**
   * Rows of other traffic, or of calls whose answer never came: they bear an id that is not of this run, or none and tokens.
   * Without either a row is the gateway's own housekeeping, such as asking how a job is.
   */
  readonly foreignRows: number;
}

/** Folds meter rows, in any order, over the calls that were asked. */
export function joinMeters(asked: ReadonlyMap<string, AskedCall>, rows: Iterable<MeterRow>): Placement {
  const cells = new Map<string, Mutable<PlacementCell>>();
  const served = new Map<string, ProviderId[]>();
  const idsByCell = new Map<string, string[]>();
  let handoverRows = 0;
  let foreignRows = 0;

  for (const row of rows) {
    const call = row.requestId === null ? undefined : asked.get(row.requestId);
    if (row.requestId === null || call === undefined) {
      if (isHousekeeping(row, asked)) handoverRows++;
      else if (row.requestId !== null || (row.outputTokens ?? 0) > 0) foreignRows++;
      continue;
    }
    if (!isServing(row, call.profile)) {
      handoverRows++;
      continue;
    }
    const { partner, workload } = call.profile;
    const cell = ensure(cells, `${partner} ${workload} ${row.provider}`, () =>
      emptyCell(call.profile, row.provider),
    );
    ensure(idsByCell, `${row.provider} ${workload}`, () => []).push(row.requestId);
    if (row.status < 200 || row.status > 299) {
      cell.failedAttempts++;
      continue;
    }
    cell.calls++;
    cell.inputTokens += row.inputTokens ?? 0;
    cell.outputTokens += row.outputTokens ?? 0;
    ensure(served, row.requestId, () => []).push(row.provider);
  }

  const odd = (wanted: (times: number, call: AskedCall) => boolean): OddCall[] =>
    [...asked].flatMap(([requestId, call]) => {
      const providers = served.get(requestId) ?? [];
      return wanted(providers.length, call) ? [{ requestId, profile: call.profile, providers }] : [];
    });
  return {
    cells: [...cells.values()].sort(byCell),
    missing: odd((times, call) => times === 0 && call.answered),
    duplicates: odd((times) => times > 1),
    servedAt: (provider, workload) => idsByCell.get(`${provider} ${workload}`) ?? [],
    handoverRows,
    foreignRows,
  };
}

/** The gateway marks its own management calls by a suffix on the id of the call they are for; a job's end bears the job's id. */
function isHousekeeping({ requestId, operation }: MeterRow, asked: ReadonlyMap<string, AskedCall>): boolean {
  if (operation.endsWith(".completed")) return true;
  const marked = /^(.+)-(?:handover|follow)$/.exec(requestId ?? "");
  return marked?.[1] !== undefined && asked.has(marked[1]);
}

/**
 * A row serves a call when it is the operation that was asked, or when it generated anything: a hand-over reads and writes
 * state under the id of the call that needs it, and runs no model.
 */
function isServing(row: MeterRow, profile: CallProfile): boolean {
  return row.operation === profile.operation || (row.outputTokens ?? 0) > 0;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function emptyCell({ partner, workload }: CallProfile, provider: ProviderId): Mutable<PlacementCell> {
  return { partner, workload, provider, calls: 0, failedAttempts: 0, inputTokens: 0, outputTokens: 0 };
}

function ensure<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function byCell(a: PlacementCell, b: PlacementCell): number {
  const key = ({ partner, workload, provider }: PlacementCell) => `${partner} ${workload} ${provider}`;
  return key(a) < key(b) ? -1 : 1;
}
