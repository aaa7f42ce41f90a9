// Names of recorder files: `evidence-<session>-<first seq>.jsonl`.

const PREFIX = 'evidence-'
const SUFFIX = '.jsonl'

/**
 * Session and number of a file name. The split is at the last hyphen and the session is compared whole: with a prefix
 * match, session `agent` would adopt the files of `agent-debug`.
 */
export function parseLogName(name: string): {readonly session: string; readonly firstSeq: bigint} | undefined {
  if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) return undefined
  const middle = name.slice(PREFIX.length, -SUFFIX.length)
  const dash = middle.lastIndexOf('-')
  const digits = middle.slice(dash + 1)
  if (dash < 1 || !/^[0-9]+$/.test(digits)) return undefined
  return {session: middle.slice(0, dash), firstSeq: BigInt(digits)}
}
