// Names at module level that change while the program runs, with the reason why two firewalls in one process may share
// them. house.test.ts fails on a name that is missing here, and on a listed one that is gone.

const MEMO = 'remembers results of a pure function of its arguments: sharing it is invisible'
const LAZY = 'an immutable value, computed or loaded at the first use'
const SCRATCH = 'working memory of one synchronous call: a call never reads what another left there'
const TABLE = 'a constant table, filled while the module loads'

export const MODULE_STATE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'src/core/target.ts': {CLASS: TABLE},
  'src/host/config/load.ts': {schemas: LAZY},
  'src/host/ports.ts': {build: LAZY},
  'src/lib/ed25519-point.ts': {base: LAZY},
  'src/lib/entropy.ts': {counts: SCRATCH},
  'src/lib/lockfile.ts': {
    mine: 'the locks that this process holds: two firewalls of one process must exclude each other',
  },
  'src/lib/page/markup.ts': {compact: MEMO},
  'src/lib/regex/fallback.ts': {portable: LAZY},
  'src/lib/text/encoded-runs.ts': {KINDS: TABLE, input: SCRATCH, output: SCRATCH, pieceEnd: SCRATCH},
  'src/lib/text/normalise.ts': {units: MEMO},
  'src/lib/timestamp.ts': {lastMs: MEMO, lastText: MEMO, lastDay: MEMO, lastDayMs: MEMO},
  'src/plugins/cross-request/entropy-budget.ts': {counts: SCRATCH, countedUnits: SCRATCH},
  'src/plugins/dlp/bip39.ts': {table: LAZY},
  'src/plugins/dlp/rules.ts': {walks: MEMO},
  'src/plugins/injection/candidates.ts': {known: MEMO},
  'src/plugins/injection/matching-text.ts': {folded: MEMO},
  'src/plugins/injection/phrases.ts': {compiled: MEMO},
  'src/plugins/learn/compile/reader-thread.ts': {
    aggregate: 'the module is a worker thread: its state is the state of the thread',
    take: 'the module is a worker thread: its state is the state of the thread',
  },
  'src/plugins/logging/line.ts': {NAMES: MEMO},
  'src/plugins/logging/log-stream.ts': {
    flushes: 'open streams of the process, whose pending lines are written in one listener for its exit',
  },
  'src/plugins/receipts/fast/rows.ts': {scratch: SCRATCH},
}
