/**
 * The accounts, and what each one means. Debits are positive, credits negative; every transaction sums to zero.
 *
 * - `recv:<seller>:<partner>`      what the customers of a partner owe the seller (party `customer`). Debited with the
 *                                  whole charge of a call.
 * - `share:<clause>:<payee>`       what a money clause gives a party other than the seller. Credited.
 * - `retained:<seller>:<partner>`  what is left to the seller of the sales through that partner. Credited.
 *
 * So the balance of `recv` is gross revenue, and the credits of one call say who holds which part of it. Net payables,
 * caps, hosting fees and rounding are later transactions on accounts of their own; none is posted per call. A call that
 * cannot be priced has no postings: it is counted as unpriced, which an amount of zero would hide.
 */

import type { ClauseId, PartnerId, PartyId } from "../domain/call.ts";

/** The party whose debts the `recv` accounts hold. */
export const CUSTOMER: PartyId = "customer";

export function receivableAccount(seller: PartyId, partner: PartnerId): string {
  return `recv:${seller}:${partner}`;
}

export function shareAccount(clause: ClauseId, payee: PartyId): string {
  return `share:${clause}:${payee}`;
}

export function retainedAccount(seller: PartyId, partner: PartnerId): string {
  return `retained:${seller}:${partner}`;
}

/** Whether the account holds a share that a money clause gives away. */
export function isShareAccount(account: string): boolean {
  return account.startsWith("share:");
}

/** Whether credits of the account are a party's part of gross revenue. */
export function isPartAccount(account: string): boolean {
  return isShareAccount(account) || account.startsWith("retained:");
}
