// Builds the scanner of one configuration: engine, rules, known values. The only part that reads files.
import {constants} from 'node:fs'
import {open} from 'node:fs/promises'
import {isErrno, PipelockError} from '../../core/errors.js'
import type {Ports} from '../../core/ports.js'
import {chosenEngine} from '../../core/regex-choice.js'
import type {DlpScanner} from '../../core/services/dlp.js'
import {createCosts, slowWarning} from '../../lib/regex/cost.js'
import {openEngine, type RegexEngine} from '../../lib/regex/engine.js'
import type {ScannerConfig} from './config.js'
import {createGate} from './gate.js'
import {environmentSecrets, needlesOf, parseSecretLines, type KnownValue} from './known-values.js'
import {builtInPattern, checkRules, compileRules, type Rule, type RuleProblem} from './rules.js'
import {createSeedDetector} from './seed-phrases.js'
import {createScanner} from './scanner.js'

type Warn = (field: string, message: string) => void

/** The checks that need the engine and the file system. */
export async function check(config: ScannerConfig): Promise<readonly RuleProblem[]> {
  const problems = [...checkRules(config.dlp, openEngine())]
  if (config.dlp.secrets_file !== '') {
    try {
      await readSecrets(config.dlp.secrets_file)
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
      problems.push({field: 'dlp.secrets_file', message: error.message})
    }
  }
  return problems
}

/** `ownTokens`: tokens of the firewall itself. An agent that sends one has read a file that it must not read. */
export async function buildScanner(
  config: ScannerConfig,
  ports: Pick<Ports, 'env'> & Partial<Pick<Ports, 'clock'>>,
  warn: Warn = () => undefined,
  ownTokens: readonly string[] = [],
): Promise<DlpScanner> {
  const engine = chosenEngine(ports.env)
  const compiled = compileRules(config.dlp, engine)
  const rules = ports.clock === undefined ? compiled : measured(compiled, config, engine, ports.clock, warn)
  const seeds = createSeedDetector(config.seed_phrase_detection ?? SEED_DEFAULTS)
  const known = await knownValues(config, ports.env, warn, ownTokens)
  return createScanner(rules, known, engine, createGate(rules, needlesOf(known), seeds))
}

/** The operator's expressions that only an engine can follow are measured before traffic is. */
function measured(
  rules: readonly Rule[],
  {dlp}: ScannerConfig,
  engine: RegexEngine,
  clock: Ports['clock'],
  warn: Warn,
): readonly Rule[] {
  const beginnings = rules.flatMap(({literals}) => literals)
  const costs = createCosts(engine.name, beginnings, () => clock.monotonic())
  return rules.map((rule) => {
    if (rule.walk !== undefined) return rule
    const ms = costs.slowness(rule.matcher)
    if (ms === undefined) return rule
    const i = dlp.patterns.findIndex(({name}) => (builtInPattern(name)?.name ?? name) === rule.name)
    warn(`dlp.patterns[${i}].regex`, slowWarning(rule.name, ms))
    return {...rule, slow: true}
  })
}

/** Those of the schema, for callers without that section. */
const SEED_DEFAULTS = {enabled: true, min_words: 12, verify_checksum: true}

async function knownValues(
  config: ScannerConfig,
  env: Ports['env'],
  warn: Warn,
  ownTokens: readonly string[],
): Promise<readonly KnownValue[]> {
  const {dlp, canary_tokens} = config
  const results: KnownValue[] = dlp.scan_env ? [...environmentSecrets(env, dlp.min_env_secret_length)] : []
  if (dlp.secrets_file !== '') {
    const {values, warnings} = parseSecretLines(await readSecrets(dlp.secrets_file), dlp.min_env_secret_length)
    for (const warning of warnings) warn('dlp.secrets_file', warning)
    const known = new Set(results.map(({value}) => value))
    for (const value of values) if (!known.has(value)) results.push({kind: 'file', name: '', value})
  }
  for (const value of ownTokens)
    if (value.length >= dlp.min_env_secret_length) results.push({kind: 'file', name: '', value})
  if (canary_tokens.enabled) {
    for (const [i, token] of canary_tokens.tokens.entries()) {
      const value = expand(token.value, env)
      if (value.length >= 8) results.push({kind: 'canary', name: token.name, value})
      else warn(`canary_tokens.tokens[${i}].value`, 'has fewer than 8 characters once expanded; not looked for')
    }
  }
  return dedupe(results)
}

/** A value is looked for once; the environment's name of a canary does not hide that it is one. */
function dedupe(values: readonly KnownValue[]): readonly KnownValue[] {
  const canaries = new Set(values.filter(({kind}) => kind === 'canary').map(({value}) => value))
  const known = new Set<string>()
  return values.filter(({kind, value}) => {
    if (kind !== 'canary' && canaries.has(value)) return false
    if (known.has(value)) return false
    known.add(value)
    return true
  })
}

function expand(text: string, env: Ports['env']): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => env[name] ?? '')
}

const MAX_SECRETS_BYTES = 8 * 1024 * 1024

/** The file is opened once and judged by its handle, so that what was checked is what is read. */
async function readSecrets(path: string): Promise<string> {
  let file
  try {
    // a FIFO in its place would be waited for, and every later reload behind it
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ELOOP')) throw error
    throw new PipelockError('file_unreadable', `cannot read the secrets file ${path} (${error.code})`)
  }
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new PipelockError('file_not_regular', `the secrets file ${path} is no regular file`)
    if ((stat.mode & 0o037) !== 0) {
      throw new PipelockError(
        'file_permissions',
        `the secrets file ${path} is open to others (mode ${(stat.mode & 0o777).toString(8).padStart(4, '0')})`,
        {
          hint: `chmod 0600 ${path}`,
        },
      )
    }
    if (stat.size > MAX_SECRETS_BYTES) {
      throw new PipelockError('file_unreadable', `the secrets file ${path} is larger than 8 MiB`)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
