// The reference pages, made from schemas, tables and the command manifest of a built checkout. `--check` compares instead.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {dashboard} from './dashboard.mjs'
import {EXEMPT, reasonSites} from './reason-sites.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = (name) => import(new URL(`../dist/${name}`, import.meta.url).href)
const checking = process.argv.includes('--check')

const pages = {
  'docs/reference/configuration.md': await configuration(),
  'docs/reference/errors.md': await errors(),
  'docs/reference/block-reasons.md': await blockReasons(),
  'docs/reference/decisions.md': await decisions(),
  'docs/reference/cli.md': commandLine(),
  'examples/monitoring/grafana.json': dashboard(),
}

const stale = []
mkdirSync(`${root}/docs/reference`, {recursive: true})
for (const [name, text] of Object.entries(pages)) {
  const path = `${root}/${name}`
  if (!checking) writeFileSync(path, text)
  else if (read(path) !== text) stale.push(name)
}
if (stale.length > 0) {
  process.stderr.write(`not current: ${stale.join(', ')}; run npm run docs\n`)
  process.exitCode = 1
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function page(title, intro, ...parts) {
  const note = '<!-- made by scripts/docs.mjs; change the sources, not this page -->'
  return `${[`# ${title}`, note, intro, ...parts].join('\n\n')}\n`
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((c) => String(c).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

async function configuration() {
  const {configJsonSchema} = await dist('host/config/json-schema.js')
  const schema = await configJsonSchema({annotated: true})
  const sections = Object.entries(schema.properties).map(([name, section]) => {
    const rows = fields(name, section)
    return `## ${name}\n\n${table(['Key', 'Type', 'Default', 'Meaning', 'Weaker'], rows)}`
  })
  const intro =
    'One YAML document. Unknown keys, wrong types and duplicate keys are errors that name file, line and column. ' +
    'A key without a value counts as left out, and what is left out has the value of the balanced preset, which is the one ' +
    'under Default. Weaker: the change that a reload announces, and that strict mode refuses (of named texts, from the ' +
    'weakest to the strongest); restart: the running value stays until a restart. Relative paths are meant from the directory of the file. ' +
    '`pipelock config schema` prints the same as JSON Schema.'
  return page('Configuration', intro, ...sections)
}

function fields(name, schema, fallback) {
  const standard = schema.default ?? fallback
  if (schema.properties && Object.keys(schema.properties).length > 0) {
    return Object.entries(schema.properties).flatMap(([key, inner]) => fields(`${name}.${key}`, inner, standard?.[key]))
  }
  const item = schema.items
  const own = [[`\`${name}\``, typeName(schema), defaultText(standard), describe(schema), schema.weaker ?? '']]
  if (item?.properties) {
    return [...own, ...Object.entries(item.properties).flatMap(([key, inner]) => fields(`${name}[].${key}`, inner))]
  }
  return own
}

function typeName(schema) {
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum) return schema.enum.map(code).join(', ')
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeName))].join(' or ')
  if (Array.isArray(schema.type)) return typeName({...schema, type: schema.type.find((t) => t !== 'null')})
  if (schema.type === 'array') return schema.items ? `list of ${typeName(schema.items)}` : 'list'
  if (schema.type === 'object') return 'mapping'
  const unit = schema.type === 'integer' ? 'whole number' : schema.type === 'string' ? 'text' : (schema.type ?? 'any')
  const low =
    schema.exclusiveMinimum !== undefined
      ? `> ${schema.exclusiveMinimum}`
      : schema.minimum > -1e15
        ? `≥ ${schema.minimum}`
        : ''
  const high = schema.maximum < 1e15 ? `≤ ${schema.maximum}` : ''
  return [unit, [low, high].filter(Boolean).join(', ')].filter(Boolean).join(' ')
}

function describe(schema) {
  return (schema.description ?? '').replace(/^./, (c) => c.toUpperCase())
}

function defaultText(value) {
  return value === undefined ? '' : code(value)
}

function code(value) {
  return `\`${typeof value === 'string' ? (value === '' ? '""' : value) : JSON.stringify(value)}\``
}

async function errors() {
  const {ERRORS} = await dist('core/errors.js')
  const rows = Object.entries(ERRORS).map(([name, {exit, meaning, remedy}]) => [`\`${name}\``, exit, meaning, remedy])
  const intro =
    'A command that cannot do its work prints `error: <code>: <message>` on standard error, and with `--json` one document ' +
    '`{"error", "message", "hint"}` on standard output. Codes do not change; messages may. Exit status: 0 done, ' +
    '1 refused or failed, 2 wrong usage or configuration.'
  return page('Error codes', intro, table(['Code', 'Exit status', 'Meaning', 'Remedy'], rows))
}

async function blockReasons() {
  const {REASONS, reasonOfLabel} = await dist('core/reasons.js')
  reasonSites(root, Object.keys(REASONS), reasonOfLabel)
  const rows = Object.entries(REASONS).map(([name, {severity, retry, meaning, remedy, settings}]) => [
    `\`${name}\``,
    severity,
    retry,
    name in EXEMPT ? `${meaning} (not raised by this version: ${EXEMPT[name]})` : meaning,
    remedy,
    settings.map((key) => `\`${key}\``).join(', '),
  ])
  const intro =
    'Every block carries `X-Pipelock-Block-Reason` with one of these codes, `-Version` (`1`), `-Severity`, `-Retry` and, ' +
    'where a layer is known, `-Layer`. Retry advice: `none`: do not send it again; `transient`: wait and try again; ' +
    '`policy`: an operator must change the policy; `retry-with-canonical-path`: send the path in canonical form.'
  return page(
    'Block reasons',
    intro,
    table(['Reason', 'Severity', 'Retry', 'What happened', 'What to do', 'Settings'], rows),
  )
}

/** What gate and decide themselves make of one blocking finding. */
async function decisions() {
  const {gate, decide} = await dist('core/decision.js')
  const authorities = ['transport', 'scanner', 'contract', 'evidence', 'kill_switch']
  const modes = ['strict', 'balanced', 'audit'].flatMap((mode) => [true, false].map((enforce) => ({mode, enforce})))
  const effect = (authority, hard, mode) =>
    decide(gate([{authority, action: 'block', ...(hard && {hard})}], mode)).action
  const rows = authorities.flatMap((authority) =>
    [false, true].map((hard) => [
      `\`${authority}\``,
      hard ? 'hard' : '',
      ...modes.map((m) => effect(authority, hard, m)),
    ]),
  )
  const intro =
    'What becomes of one finding that proposes a block, by who found it and by the configuration. Hard is what cannot be ' +
    'forwarded safely, or not at all. Of several findings the strongest decides; no finding allows, so none lifts another.'
  const head = ['Found by', '', ...modes.map(({mode, enforce}) => `${mode}, ${enforce ? 'enforced' : 'not enforced'}`)]
  return page('Decisions', intro, table(head, rows))
}

function commandLine() {
  const {commands} = JSON.parse(readFileSync(`${root}/oclif.manifest.json`, 'utf8'))
  const sections = Object.values(commands)
    .filter((c) => !c.hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((c) => {
      const args = Object.values(c.args ?? {}).map((a) => [
        `\`${a.name.toUpperCase()}\``,
        a.required ? 'required' : '',
        a.description ?? '',
      ])
      const flags = Object.values(c.flags ?? {})
        .filter((f) => !f.hidden && f.helpGroup !== 'GLOBAL')
        .map((f) => [flagText(f), flagRule(f), f.summary ?? f.description ?? ''])
      const words = Object.values(c.args ?? {}).map((a) =>
        a.required ? a.name.toUpperCase() : `[${a.name.toUpperCase()}]`,
      )
      const usage = ['pipelock', c.id.replaceAll(':', ' '), ...words, ...(flags.length > 0 ? ['[FLAGS]'] : [])].join(
        ' ',
      )
      return [
        `## ${c.id.replaceAll(':', ' ')}`,
        [c.summary, c.description].filter(Boolean).join('. '),
        `\`\`\`\n${usage}\n\`\`\``,
        ...(args.length > 0 ? [table(['Argument', '', 'Meaning'], args)] : []),
        ...(flags.length > 0 ? [table(['Flag', '', 'Meaning'], flags)] : []),
      ].join('\n\n')
    })
  const intro =
    'Every command takes `--home DIR` (key store and state root; `PIPELOCK_HOME`, else `~/.pipelock`), `--json` (one JSON ' +
    'document on standard output) and `--help`. Progress, warnings and errors go to standard error.'
  return page('Command line', intro, ...sections)
}

function flagText(f) {
  const value =
    f.type === 'option' ? ` ${f.helpValue ?? (f.options ? f.options.join('\\|') : f.name.toUpperCase())}` : ''
  return `${f.char ? `\`-${f.char}\`, ` : ''}\`--${f.allowNo ? '[no-]' : ''}${f.name}${value.replaceAll('\\|', '|')}\``
}

function flagRule(f) {
  return [
    f.required ? 'required' : '',
    f.multiple ? 'repeatable' : '',
    f.default === undefined || f.type === 'boolean' ? '' : `default \`${f.default}\``,
  ]
    .filter(Boolean)
    .join(', ')
}
