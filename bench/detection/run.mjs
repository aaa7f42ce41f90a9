#!/usr/bin/env node
// The figures of detection in one place: ordinary documents, recorded traffic, public cases, labelled corpora, credentials. It
// judges with the product's own hooks and default settings, every action at `block`, and fails where the gate of
// targets.mjs is not met (exit 1).
//
// usage: npm run bench:detection [-- --quick] [--only SECTION[,SECTION]] [--fresh FILE] [--seed TEXT] [--root FOLDER]...
//                                [--json FILE] [--matches FILE] [--write] [--list]
import {execFile} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {createPool} from '../lib/pool.mjs'
import {casesFolder} from './cases.mjs'
import {ROOTS} from './harvest.mjs'
import {textOf, withFigures} from './report.mjs'
import {judge} from './targets.mjs'

const PAGE = new URL('../../docs/detection-quality.md', import.meta.url)
const FIGURES = new URL('../../docs/detection-quality.json', import.meta.url)
const SECTIONS = {
  responses: 'ordinary documents as responses',
  bodies: 'ordinary documents as request bodies',
  urls: 'the URLs in ordinary documents',
  traffic: 'recorded and made-up traffic through a running firewall; not with --quick',
  cases: 'public egress cases and their disguises, from PIPELOCK_CONFORMANCE; not with --quick',
  corpora: 'labelled texts with and without injections, from PIPELOCK_CONFORMANCE',
  credentials: 'credentials by kind, place and disguise, and tokens of documents that are none',
  fresh: 'the labelled texts of --fresh FILE',
}
const ORDINARY = ['responses', 'bodies', 'urls', 'credentials']
const SCALES = {
  full: {
    documents: {most: 24_000, ofAKind: 6000, all: true},
    urls: 14_000,
    tokens: 5000,
    rows: Infinity,
    kinds: Infinity,
  },
  quick: {documents: {most: 1800, ofAKind: 500, all: false}, urls: 1500, tokens: 400, rows: 300, kinds: 12},
}
const say = (text) => process.stderr.write(`${text}\n`)
const usage = (message) => {
  say(`bench:detection: ${message}`)
  process.exit(2)
}

let options
try {
  options = parseArgs({
    options: {
      quick: {type: 'boolean', default: false},
      only: {type: 'string'},
      fresh: {type: 'string'},
      seed: {type: 'string', default: 'pipelock'},
      root: {type: 'string', multiple: true},
      json: {type: 'string'},
      matches: {type: 'string'},
      write: {type: 'boolean', default: false},
      list: {type: 'boolean', default: false},
    },
  }).values
} catch (error) {
  usage(error.message)
}
const {quick, only, seed, json, matches, write, list} = options
if (list) {
  for (const [id, title] of Object.entries(SECTIONS)) process.stdout.write(`${id.padEnd(12)} ${title}\n`)
  process.exit(0)
}
const requested =
  only?.split(',') ?? Object.keys(SECTIONS).filter((id) => id !== 'fresh' || options.fresh !== undefined)
const unknown = requested.filter((id) => !(id in SECTIONS))
if (unknown.length > 0) usage(`no section ${unknown.join(', ')}; --list names them`)
if (requested.includes('fresh') !== (options.fresh !== undefined))
  usage('the section fresh and --fresh FILE go together')
if (write && (quick || options.root !== undefined)) usage('--write takes a run without --quick and --root')
if (write && requested.includes('corpora') && !requested.includes('responses'))
  usage('--write takes corpora with responses, whose documents stand beside the corpora')
const {THRESHOLDS} = await import('./judges.mjs').catch((error) =>
  usage(`there is no build (run npm run build): ${error.message}`),
)
const [{ordinary}, {corpora, corpusFolder, fresh}, {credentials}] = await Promise.all([
  import('./ordinary.mjs'),
  import('./corpora.mjs'),
  import('./credentials.mjs'),
])

const size = quick ? 'quick' : 'full'
const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const result = {version, seed, size, sections: {}}
const {sections} = result
const listed = []
const started = Date.now()
const progress = (text) => say(`  ${((Date.now() - started) / 1000).toFixed(0)} s: ${text}`)
const has = (id) => requested.includes(id)
const pool = createPool(new URL('./worker.mjs', import.meta.url))
const common = {pool, seed, scale: SCALES[size], progress, list: (one) => listed.push(one)}
try {
  await measure()
} finally {
  await pool.close()
}
process.stdout.write(textOf(result))
if (matches !== undefined) writeFileSync(matches, listed.map((one) => `${JSON.stringify(one)}\n`).join(''))
if (json !== undefined) writeFileSync(json, jsonText(result))
if (write) {
  // sections that were not measured in this run keep their figures
  const written = {...result, sections: {...previous(), ...sections}}
  const text = jsonText(written)
  writeFileSync(FIGURES, text)
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), JSON.parse(text)))
}

/** Indented, each innermost object and list on one line. */
function jsonText(value) {
  const text = JSON.stringify(value, undefined, 1)
  return `${text.replace(/[[{][^[\]{}]*[\]}]/g, (leaf) => leaf.replace(/\n\s*/g, ' '))}\n`
}

function previous() {
  try {
    return JSON.parse(readFileSync(FIGURES, 'utf8')).sections
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

const failed = judge(result).filter(({gate, met}) => gate && !met)
for (const {name, figure} of failed) say(`the gate is not met: ${name}: ${figure}`)
progress('done')
process.exitCode = failed.length > 0 ? 1 : 0

async function measure() {
  const programs = Promise.all([
    has('cases') && !quick ? publicCases() : undefined,
    has('traffic') && !quick ? traffic() : undefined,
  ])
  let learned = []
  const own = ORDINARY.filter(has)
  if (own.length > 0) {
    progress(`ordinary documents: ${own.join(', ')}`)
    const {learned: scored, ...tables} = await ordinary({...common, sections: own, roots: options.root ?? ROOTS})
    Object.assign(sections, tables)
    learned = scored
  }
  if (has('credentials')) {
    progress(SECTIONS.credentials)
    sections.credentials = await credentials(common)
  }
  const folder = corpusFolder()
  if (has('corpora') && folder === undefined) say('no injection corpus here (PIPELOCK_CONFORMANCE), left out')
  else if (has('corpora')) {
    progress(SECTIONS.corpora)
    sections.corpora = await corpora({...common, folder, thresholds: THRESHOLDS, documents: learned})
  }
  if (has('fresh')) {
    progress(SECTIONS.fresh)
    sections.fresh = await fresh({...common, file: options.fresh, thresholds: THRESHOLDS, version})
  }
  const [cases, items] = await programs
  if (cases) sections.cases = cases
  if (items) sections.traffic = items
}

async function publicCases() {
  if (casesFolder() === undefined) {
    say('no egress cases here (PIPELOCK_CONFORMANCE), left out')
    return undefined
  }
  const {results, refusals, receipts} = await figuresOf('egress', ['--seed', seed])
  const isBlocked = (one) => one.isBlocked
  for (const one of [...results.recorded, ...results.disguised].filter((each) => !each.isBlocked))
    listed.push({section: 'cases', id: one.id, status: one.status})
  const contained = results.recorded.filter(isBlocked)
  return {
    attacks: results.recorded.length,
    contained: contained.length,
    detected: contained.filter(({isNamed}) => isNamed).length,
    disguised: results.disguised.length,
    containedDisguised: results.disguised.filter(isBlocked).length,
    benign: results.benign.length,
    benignStopped: results.benign.filter(isBlocked).length,
    refusals,
    evidenced: receipts,
  }
}

async function traffic() {
  const {items, blocked, failed: broken, stopped} = await figuresOf('traffic', [])
  for (const one of stopped) listed.push({section: 'traffic', ...one})
  return {n: items, refused: blocked, failed: broken}
}

/** What a bench of its own wrote; its exit code judges figures that this one judges itself. */
async function figuresOf(name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-detection-'))
  try {
    const file = join(folder, 'figures.json')
    await new Promise((resolve) =>
      execFile(
        process.execPath,
        [join(import.meta.dirname, `${name}.mjs`), '--json', file, ...args],
        {maxBuffer: 64 << 20},
        (_error, _out, err) => {
          if (err !== '') progress(`${name}: ${err.trim().split('\n').at(-1)}`)
          resolve()
        },
      ),
    )
    return JSON.parse(readFileSync(file, 'utf8'))
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}
