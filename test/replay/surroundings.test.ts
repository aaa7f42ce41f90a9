// The whole command chain, byte for byte, whatever surrounds it: time zone, locale (Turkish maps I to another letter),
// working directory, order of the input files, regular expression engine. Runs the build.
import {createHash} from 'node:crypto'
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {conformanceFile} from '../support/compiling.js'
import {typedEventLines, typedSpecs} from '../support/typed-examples.js'
import {runCommand} from '../support/warm-cli.js'

const folder = mkdtempSync(join(tmpdir(), 'surroundings-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const KEY = privateKeyFromSeed(createHash('sha256').update('pipelock deterministic compile signer').digest()).public.hex

/** Six sessions with what a locale or a time zone could change: capitals, an I that is not ASCII, midnight, identifiers. */
function ownCorpus(): string[] {
  return Array.from({length: 6}, (_, s) => {
    const session = `coder|127.0.0.1|${s}`
    const at = (minute: number) => `2026-04-29T${10 + s * 2}:${String(minute).padStart(2, '0')}:59.5Z`
    const specs: CaptureSpec[] = [
      {session, ts: at(0), url: 'https://API.Example.com/V1/INFO/Items', bytes: 100 + s},
      {session, ts: at(1), url: 'https://api.example.com/v1/%C4%B0nfo', method: 'post', bytes: 900 + s},
      {session, ts: at(2), url: 'https://bücher.example/straße/I'},
      ...[0, 1, 2, 3].map((i) => ({session, ts: at(3 + i), url: `https://api.example.com/ids/${1000 + s * 31 + i}/I`})),
      {session, ts: at(8), url: 'https://git.internal:8443', method: 'CONNECT'},
      {session, ts: at(9), url: 'https://169.254.169.254/latest', action: 'block'},
      {session, ts: at(10), tool: {server: 'files', name: 'read_file', args: '{"mode":"I"}'}},
    ]
    return captureLines(specs)
  })
}

/** Alike repositories and dates, near midnight in some time zones, with words that a locale folds otherwise. */
function nestedCorpus(): string[] {
  return typedSpecs(typedEventLines())
    .reduce<CaptureSpec[][]>((parts, spec) => {
      const last = parts.at(-1)
      if (last?.[0]?.session === spec.session) last?.push(spec)
      else parts.push([spec])
      return parts
    }, [])
    .map((specs, s) =>
      captureLines([
        ...specs,
        ...['IŞIK', 'İzmir', 'straße'].map((word) => ({
          session: specs[0]?.session ?? '',
          ts: specs[0]?.ts ?? '',
          url: `https://docs.example.com/Guides/${encodeURIComponent(`${word}-${s}`)}`,
        })),
      ]),
    )
}

interface Corpus {
  readonly name: string
  readonly agent: string
  readonly inference: string
  /** Members of learn.inference. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
}

function recorded(name: string): Corpus[] {
  const contract = conformanceFile(`contracts/${name}/contract.yaml`)
  const usual = conformanceFile('contracts/replay-harness/corpus.jsonl')
  if (contract === undefined || usual === undefined) return []
  const own = readdirSync(dirname(contract)).includes('corpus.jsonl') ? join(dirname(contract), 'corpus.jsonl') : usual
  const parameters = readdirSync(dirname(contract)).includes('parameters.json')
    ? (JSON.parse(readFileSync(join(dirname(contract), 'parameters.json'), 'utf8')) as Record<string, unknown>)
    : {agent: 'harness-agent', inference: 'wilson_lb_v1', floors: {min_sessions: 1, min_events: 1, min_windows: 1}}
  const {agent, inference, ...settings} = parameters
  return [{name, agent: String(agent), inference: String(inference), settings, files: [readFileSync(own, 'utf8')]}]
}

const corpora: readonly Corpus[] = [
  {name: 'own', agent: 'coder', inference: 'wilson_lb_v2', settings: {}, files: ownCorpus()},
  {name: 'own, typed', agent: 'coder', inference: 'wilson_lb_v3', settings: {}, files: ownCorpus()},
  {name: 'nested', agent: 'coder', inference: 'wilson_lb_v3', settings: {}, files: nestedCorpus()},
  ...['replay-harness', 'replay-harness-v2/harness-corpus', 'replay-harness-v2/synthetic'].flatMap(recorded),
]

interface Surroundings {
  readonly env: Readonly<Record<string, string>>
  readonly elsewhere?: boolean
  /** Names of the input files, which decide the order in which they are found. */
  readonly fileName?: (index: number, count: number) => string
}

const named = (index: number): string => `evidence-${String(index).padStart(2, '0')}-0.jsonl`

const surroundings: Readonly<Record<string, Surroundings>> = {
  'far east, in Turkish, from another directory': {
    env: {TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8'},
    elsewhere: true,
  },
  'half an hour off with summer time, with the fallback engine, input files in another order': {
    env: {TZ: 'America/St_Johns', PIPELOCK_REGEX: 're2js'},
    fileName: (index, count) => named(count - 1 - index),
  },
}

let runs = 0

/** What compile, review, shadow and ratify write and print, with the input folder's own name taken out. */
function chainOf(corpus: Corpus, {env, elsewhere = false, fileName = named}: Surroundings): Record<string, string> {
  const work = join(folder, String(runs++))
  mkdirSync(join(work, 'cwd'), {recursive: true})
  corpus.files.forEach((text, i) => {
    const session = join(work, 'captures', `s${fileName(i, corpus.files.length)}`)
    mkdirSync(session, {recursive: true})
    writeFileSync(join(session, fileName(i, corpus.files.length)), text)
  })
  writeFileSync(join(work, 'config.yaml'), `version: 1\nlearn:\n  inference: ${JSON.stringify(corpus.settings)}\n`)
  const out: Record<string, string> = {}
  // commands to type name the file by the path that was given
  const placeless = (text: string): string => text.replaceAll(`${work}/`, '')
  const pipelock = (label: string, ...words: string[]): void => {
    const {status, stdout, stderr} = runCommand(['learn', ...words], {
      cwd: elsewhere ? join(work, 'cwd') : work,
      env: {PATH: process.env['PATH'] ?? '', HOME: work, PIPELOCK_HOME: join(work, 'home'), ...env},
    })
    expect(stderr, label).not.toContain('error:')
    out[`${label} printed`] = placeless(`${status}\n${stdout}`)
  }
  const file = (name: string): string => join(work, name)
  const config = ['--config', file('config.yaml')]
  const {agent, inference} = corpus
  const compile = [
    'compile',
    '--agent',
    agent,
    '--inference',
    inference,
    '--input',
    file('captures/*/*.jsonl'),
    ...config,
  ]
  pipelock('compile', ...compile, '--output', file('c.yaml'), '--deterministic')
  pipelock('review', 'review', file('c.yaml'), '--out', file('review-operator.md'))
  const shadow = ['shadow', '--contract', file('c.yaml'), '--contract-key', KEY, '--sessions', file('captures')]
  pipelock('shadow', ...shadow, ...config, '--out', file('s.md'), '--out-json', file('s.json'), '--deterministic')
  const ratify = [
    'ratify',
    '--candidate',
    file('c.yaml'),
    '--contract-key',
    KEY,
    '--accept-low-confidence',
    '--accept-tail',
  ]
  pipelock('ratify', ...ratify, '--out', file('r.yaml'), '--receipt-out', file('r.jsonl'), '--deterministic')
  const texts = [
    'c.yaml',
    'c.review.md',
    'c.segments.json',
    'c.coverage.json',
    'review-operator.md',
    's.md',
    's.json',
    'r.yaml',
    'r.jsonl',
  ]
  for (const name of texts)
    if (readdirSync(work).includes(name)) out[name] = placeless(readFileSync(file(name), 'utf8'))
  return out
}

describe.each(corpora)('$name', (corpus) => {
  const first = chainOf(corpus, {env: {TZ: 'UTC', LC_ALL: 'C'}})

  test('writes every file', () => {
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(['c.yaml', 'c.review.md', 's.md', 's.json', 'r.yaml', 'r.jsonl', 'ratify printed']),
    )
    expect(first['compile printed']).toMatch(/^0\ncompile: [1-9]/)
  })

  test.each(Object.entries(surroundings))('%s changes no byte', (_, around) => {
    expect(chainOf(corpus, around)).toEqual(first)
  })
})
