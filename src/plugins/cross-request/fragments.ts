// Secrets that one client sends in pieces. Of a payload only that is kept from which a secret can go on: its
// end, its runs with the beginning of a known token, and its latest other runs. A new payload is joined with those and with
// nothing else, so that the work is that of the new payload; padding cannot push a beginning out.
import {isStructuredValue} from '../../lib/structured-value.js'
import {beginningOf, type FragmentScanner, type OpenText} from './beginnings.js'
import {isWordy, runsOf, type Run} from './runs.js'

/** Texts of one place in wire order: a field, the path, the names. Pieces of one place are neighbours over requests. */
export interface Payload {
  readonly stream: string
  readonly texts: readonly string[]
  /** Only its end is joined: its texts are those of other places, too. */
  readonly endsOnly?: true
  /** The same in most requests: only its end is joined, and only where it is another text than the last one. */
  readonly isSteady?: true
}

export interface FragmentBuffer {
  /**
   * The rule that a secret of this and earlier requests fulfils; the payloads are remembered. Of the steps of two requests
   * those of one have to end before those of the other begin.
   */
  add(payloads: readonly Payload[], nowMs: number): Generator<undefined, string | undefined>
  /** Characters kept. */
  size(): number
  /** How near something is to a whole secret: 0 for nothing begun, up to 3. */
  progress(): 0 | 1 | 2 | 3
}

export interface FragmentOptions {
  readonly windowMs: number
  readonly maxCharacters: number
}

interface Piece extends Run {
  readonly stream: string
  /** May be joined with beginnings in other places. */
  readonly isLoose: boolean
  readonly atMs: number
  /** The request that it, or its latest part, came with: pieces of one request are joined by whoever looks at that request. */
  readonly request: number
}

interface Candidate extends Piece {
  readonly open: OpenText
  readonly parts: readonly string[]
}

interface Tail {
  readonly text: string
  readonly atMs: number
  /** Of what is steady, the text that it was last. */
  readonly last: string
}

const TAIL = 512
const MAX_CANDIDATES = 256
const MAX_OTHERS = 256
const MAX_STREAMS = 64
const MAX_JOINED = 512
/** Cheap looks and exact judgements that one request may ask for. */
const MAX_LOOKS = 4096
const MAX_JUDGEMENTS = 256
/** Of these between two pauses. */
const LOOKS_AT_ONCE = 128
const JUDGED_AT_ONCE = 8
/** Between places that have nothing to do with each other more has to be there than a name of a kind of token. */
const MIN_BODY = 4
const MIN_REST = 8
/** Words alone make no token, however many there are. */
const MARKED = /[0-9]/
/** No token, and no encoded beginning of one, is shorter. */
const MIN_TOKEN = 12
const MIN_ENCODED_TOKEN = 16
/** A known value is found by what stands this near to the seam. */
const KNOWN_REACH = 256
const KEY_HEADER = 64

export function createFragmentBuffer(scanner: FragmentScanner, options: FragmentOptions): FragmentBuffer {
  const tails = new Map<string, Tail>()
  let candidates: Candidate[] = []
  let others: Piece[] = []
  const known = new Set<string>()
  let size = 0
  let request = 0
  let work = {looks: 0, judgements: 0}

  const drop = (piece: Piece | undefined): void => {
    if (piece === undefined) return
    known.delete(keyOf(piece))
    size -= piece.text.length
  }
  const live = <P extends Piece>(pieces: P[], nowMs: number): P[] => {
    if (pieces.every(({atMs}) => nowMs - atMs < options.windowMs)) return pieces
    return pieces.filter((piece) => {
      const isLive = nowMs - piece.atMs < options.windowMs
      if (!isLive) drop(piece)
      return isLive
    })
  }
  const expire = (nowMs: number): void => {
    candidates = live(candidates, nowMs)
    others = live(others, nowMs)
    for (const [stream, piece] of tails) {
      if (nowMs - piece.atMs < options.windowMs) continue
      tails.delete(stream)
      size -= piece.text.length
    }
  }

  /** What is furthest from a secret goes first: the oldest run without a beginning, then the weakest beginning. */
  const shrink = (): void => {
    while (others.length > 0 && (others.length > MAX_OTHERS || size > options.maxCharacters)) drop(others.shift())
    while (candidates.length > 1 && (candidates.length > MAX_CANDIDATES || size > options.maxCharacters)) {
      let weakest = 0
      for (let i = 1; i < candidates.length; i++) {
        if (strengthOf(candidates[i]) < strengthOf(candidates[weakest])) weakest = i
      }
      drop(candidates.splice(weakest, 1)[0])
    }
    for (const [stream, piece] of tails) {
      if (tails.size <= MAX_STREAMS && size <= options.maxCharacters) break
      tails.delete(stream)
      size -= piece.text.length
    }
  }

  /** The end of the place, and this payload behind it. One place continues letter by letter; several together do not. */
  const joinEnds = ({stream, texts, endsOnly, isSteady}: Payload, nowMs: number): string | undefined => {
    const joined = texts.join('')
    const before = tails.get(stream)
    const last = isSteady ? joined.slice(0, TAIL) : ''
    if (joined === '' || (isSteady && before?.last === last)) return undefined
    const result = before === undefined ? undefined : neighbours(before.text, joined.slice(0, TAIL), endsOnly)
    const isWhole = joined.length >= TAIL || before === undefined || (endsOnly && !goesOn(before.text, texts))
    const text = (isWhole ? joined : before.text + joined).slice(-TAIL)
    size += text.length - (before?.text.length ?? 0)
    tails.delete(stream)
    tails.set(stream, {text, atMs: nowMs, last})
    return result
  }

  /** Several places are one text only where a token has begun, and the next request holds nothing but more of it. */
  const goesOn = (before: string, [only = '', ...rest]: readonly string[]): boolean => {
    if (rest.length > 0 || only.length < MIN_REST || !ONLY_TOKEN.test(only)) return false
    if (isStructuredValue(only) || isWordy(only)) return false
    return scanner.open(endOf(before))?.isWhole === true
  }

  /** Only what stands at the seam: what is whole on one side others have judged. */
  const neighbours = (before: string, after: string, isMixed = false): string | undefined => {
    const known = scanner.knownAcross(before.slice(-KNOWN_REACH), after.slice(0, KNOWN_REACH))
    if (known !== undefined) return known
    const head = endOf(before)
    const rest = /^[A-Za-z0-9_+/.=-]*/.exec(after)?.[0] ?? ''
    // an identifier in another field is no end of what the last request began
    const isOther = isMixed && (isStructuredValue(rest) || isWordy(rest))
    if (head !== '' && rest !== '' && !isOther && head.length + rest.length >= MIN_TOKEN) {
      const rule = atSeam(head, rest)
      if (rule !== undefined && MARKED.test(head + rest)) return rule
    }
    // the one token with white space in it
    const [near, far] = [before.slice(-KEY_HEADER), after.slice(0, KEY_HEADER)]
    return `${near}${far}`.includes('-----') ? scanner.across(near, far) : undefined
  }

  /** As a token, which its beginning tells; or encoded, which takes more than words. */
  const atSeam = (head: string, rest: string): string | undefined => {
    const plain = scanner.open(head)?.completedBy(rest)
    if (plain !== undefined) return plain
    const isEncoded = head.length + rest.length >= MIN_ENCODED_TOKEN && !isWordy(head + rest)
    return isEncoded ? scanner.across(head, rest) : undefined
  }

  const keep = (piece: Omit<Candidate, 'open'>, open: OpenText): Candidate | undefined => {
    // a bare letter that some token begins with says nothing, and neither does the end of a word in a text
    if (open.prefix < 2 || !(open.isWhole || piece.isWhole) || known.has(keyOf(piece))) return undefined
    known.add(keyOf(piece))
    size += piece.text.length
    const candidate = {...piece, open}
    candidates.push(candidate)
    return candidate
  }

  /** Cheap, and false of most. */
  const isJoint = (from: Candidate, piece: Piece): boolean =>
    --work.looks >= 0 && mayJoin(from, piece) && from.open.continues(piece.text)

  /** A beginning and another piece: the rule they fulfil, or a longer beginning to go on from. */
  function* join(from: Candidate, piece: Piece): Generator<undefined, string | undefined> {
    if (--work.judgements < 0) return undefined
    if (work.judgements % JUDGED_AT_ONCE === 0) yield
    const text = from.text + piece.text
    const rule = from.open.completedBy(piece.text)
    if (rule !== undefined && MARKED.test(text.slice(from.open.prefix))) return rule
    if (!isChannel(from, piece) || text.length > MAX_JOINED) return undefined
    const open = scanner.open(text)
    if (open === undefined) return undefined
    const {stream, isWhole, atMs} = piece
    const longer = keep(
      {text, stream, isWhole, isLoose: false, atMs, request, parts: [...from.parts, piece.text]},
      open,
    )
    return longer === undefined ? undefined : yield* joinOthers(longer)
  }

  /** What was sent before the beginning may be its end. */
  function* joinOthers(from: Candidate): Generator<undefined, string | undefined> {
    for (const piece of others) {
      const rule = isJoint(from, piece) ? yield* join(from, piece) : undefined
      if (rule !== undefined) return rule
    }
    return undefined
  }

  function* joinRun(piece: Piece): Generator<undefined, string | undefined> {
    const earlier = piece.isWhole || piece.isLoose ? candidates.length : 0
    for (let i = 0; i < earlier; i++) {
      const candidate = candidates[i]
      const rule = candidate !== undefined && isJoint(candidate, piece) ? yield* join(candidate, piece) : undefined
      if (rule !== undefined) return rule
    }
    const open = beginningOf(piece.text, scanner)
    const candidate = open === undefined ? undefined : keep({...piece, parts: [piece.text]}, open)
    // an end that looks like a beginning may also complete something
    known.add(keyOf(piece))
    size += piece.text.length
    others.push(piece)
    return candidate === undefined ? undefined : yield* joinOthers(candidate)
  }

  function* joinRuns(payloads: readonly Payload[], nowMs: number): Generator<undefined, string | undefined> {
    work = {looks: MAX_LOOKS, judgements: MAX_JUDGEMENTS}
    for (const {stream, texts, endsOnly, isSteady} of payloads) {
      for (const text of endsOnly || isSteady ? [] : texts) {
        for (const run of runsOf(text)) {
          if (--work.looks < 0) return undefined
          if (work.looks % LOOKS_AT_ONCE === 0) yield
          const {text: own, isWhole} = run
          if (known.has(keyOf({text: own, isWhole, stream}))) continue
          const isOpaque = !isWordy(own) && !isStructuredValue(own)
          if (!isWhole && !isOpaque) continue
          const isLoose = isOpaque && own.length >= MIN_REST
          const piece: Piece = {text: own, isWhole, stream, isLoose, atMs: nowMs, request}
          const rule = yield* joinRun(piece)
          if (rule !== undefined) return rule
        }
      }
    }
    return undefined
  }

  return {
    *add(payloads, nowMs) {
      request++
      expire(nowMs)
      let result: string | undefined
      for (const payload of payloads) {
        // a seam is judged where something stands before it
        if (tails.has(payload.stream)) yield
        result = joinEnds(payload, nowMs) ?? result
      }
      result ??= yield* joinRuns(payloads, nowMs)
      shrink()
      return result
    },
    size: () => size,
    progress() {
      let best: 0 | 1 | 2 | 3 = 0
      for (const {open, text} of candidates) {
        const here = open.prefix < 3 ? 1 : text.length < open.prefix + MIN_REST ? 2 : 3
        if (here > best) best = here
      }
      return best
    },
  }
}

const ONLY_TOKEN = /^[A-Za-z0-9_+/.=-]{1,512}$/

/** The token characters that a text ends with. */
function endOf(text: string): string {
  return /[A-Za-z0-9_+/.-]*$/.exec(text)?.[0] ?? ''
}

function keyOf({stream, text, isWhole}: Pick<Piece, 'stream' | 'text' | 'isWhole'>): string {
  return isWhole ? `${stream}\0${text}` : text
}

function strengthOf(candidate: Candidate | undefined): number {
  return candidate === undefined ? 0 : candidate.open.prefix * 1024 + candidate.text.length
}

/** Both are the whole value of one field: whoever writes so sends pieces. */
function isChannel(a: Piece, b: Piece): boolean {
  return a.isWhole && b.isWhole && a.stream === b.stream
}

function mayJoin(from: Candidate, piece: Piece): boolean {
  if (piece.request === from.request) return false
  const isLoose =
    piece.isLoose && from.open.isWhole && from.parts.length === 1 && from.text.length >= from.open.prefix + MIN_BODY
  return (isLoose || isChannel(from, piece)) && !from.parts.includes(piece.text)
}
