// What the results of `verify-receipt` have in common: members that are left out, words for trust, and what pins them.
import type {Int} from '../../../../formats/member-table.js'
import type {Pinned} from './limits.js'

export interface Report {
  readonly valid: boolean
  readonly json: object
  readonly text: string
  /** `reason: message` of the failure, "" when valid. */
  readonly error: string
}

export interface ReportOptions {
  readonly path: string
  /** How text output names the input; the path when left out. */
  readonly label?: string
  readonly pinned: Pinned
  /** An unpinned success is a failure. */
  readonly requirePinned: boolean
  /** Evidence receipts without a key were judged by their structure. */
  readonly structural?: boolean
}

interface PinningChoice {
  readonly roster?: object | undefined
  readonly requirePinned: boolean
  readonly structural?: boolean | undefined
}

/** A roster is given by whoever wants authority: what it does not cover fails. */
export function pinning(
  {roster, requirePinned, structural = false}: PinningChoice,
  keys: readonly unknown[],
): Pick<ReportOptions, 'pinned' | 'requirePinned' | 'structural'> {
  const v1 = keys.length > 0
  return {
    pinned: {v1, v2: v1 || roster !== undefined},
    requirePinned: requirePinned || roster !== undefined,
    structural,
  }
}

export type Members = Readonly<Record<string, unknown>>

/** Members without a value are left out, except those that say what was found. */
export function compact(members: Members): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value)))
}

/** JSON.stringify has no 64-bit integers: beyond 2^53 they are printed as strings. */
export function jsonInt(value: Int | undefined): number | string | undefined {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Whole seconds, as the text output shows times. */
export function seconds(timestamp: string): string {
  return timestamp === '' ? '' : `${timestamp.slice(0, 19)}Z`
}

/** `structural`: not even the receipt's own word about its key was checked. */
export const trust = (valid: boolean, pinned: boolean, structural = false) =>
  pinned ? (valid ? 'trusted' : 'untrusted') : structural ? 'structural' : 'unpinned'

export interface Problem {
  readonly reason: string
  readonly message: string
}

export function unpinned({v2}: Pinned): Problem {
  const message = v2
    ? 'no trusted key was given for action receipts: a roster speaks for evidence receipts only'
    : 'no trusted key was given, and --require-pinned demands one'
  return {reason: 'unknown_signer', message}
}
