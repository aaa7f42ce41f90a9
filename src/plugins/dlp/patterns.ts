// The built-in credential patterns, as data. `regex` is the exact grammar without its outer boundaries and,
// where nothing follows it, with the smallest count that decides; `issued` are the texts of which every match holds one.
// Names are stable identifiers that configuration refers to.
import type {CredentialSeverity} from '../../core/services/dlp.js'
import type {CheckName} from './validators.js'
import {VENDOR_TOKENS} from './vendor-tokens.js'

export type Severity = CredentialSeverity

/** What a rule without a literal needs before its expression is worth running. */
export type Trigger = 'signed' | 'digits8' | 'digits15' | 'ssn' | 'iban' | 'hex32' | 'base58_50' | 'dotted24'

export interface BuiltInPattern {
  readonly name: string
  readonly severity: Severity
  readonly regex: string
  /**
   * As the issuer spells them: every match holds one of them in some case, at its beginning unless `back` or `starts` says
   * otherwise.
   */
  readonly issued: readonly string[]
  /** The whole of it is issued in one case. */
  readonly oneCase?: true
  /** Runs of characters from which a match without a literal begins. */
  readonly triggers?: readonly Trigger[]
  /** How many characters a match begins before the literal or the run. */
  readonly back?: number
  /** `segment`: at any `ey` or `ew` of the token characters before the literal. */
  readonly starts?: 'segment'
  /** What may stand before a match; see `match.ts`. */
  readonly left?: Left
  /** Not followed by one of these. */
  readonly right?: Right
  /** How a match is judged whose token continues in front or behind, which one glued character is enough for. */
  readonly glued?: Glued
  readonly check?: CheckName
  /**
   * Characters of the whole where the sign is so short that noise spells it: the last six say the CRC-32 of what stands
   * between it and them. The expression asks for fewer, since a key cut short is one.
   */
  readonly summed?: number
  /** Part of the floor that configuration cannot remove. */
  readonly core?: true
}

/**
 * `token`: no letter, digit, `_` or `-`; `alnum`: no letter or digit; `name`: the rest of an upper-case name; `bot`: as
 * `token`, or the word bot; `parameter`: the start of a line, or `? & ;`.
 */
export type Left = 'token' | 'alnum' | 'number' | 'name' | 'bot' | 'parameter'
/**
 * `sign`: like any other; `random`: a long sign or body with letters of both cases and digits; `hex`: by its grammar; `key id`:
 * in one case; `password`: within a sentence, where it has letters and digits; `weak`: reported, never enforced. In the middle of a run of more than 64 characters only long signs count.
 */
export type Glued = 'sign' | 'random' | 'hex' | 'key id' | 'password' | 'weak'
export type Right = 'alnum' | 'token' | 'hex' | 'base64'

type Options = Omit<BuiltInPattern, 'name' | 'severity' | 'regex' | 'issued'>

const row = (
  name: string,
  severity: Severity,
  regex: string,
  issued: string,
  options: Options = {},
): BuiltInPattern => ({name, severity, regex, issued: issued.split(' ').filter(Boolean), ...options})

/** A sign in front of a long random part. */
export const VENDOR_TOKEN = 'Vendor Token'
const WORD = '[A-Za-z0-9_-]'
const BASE58 = '[1-9A-HJ-NP-Za-km-z]'

const CREDENTIALS: readonly BuiltInPattern[] = [
  row('Anthropic API Key', 'critical', `sk-ant-${WORD}{10}`, 'sk-ant-', {left: 'token', glued: 'random'}),
  row('OpenAI API Key', 'critical', `sk-proj-${WORD}{10}`, 'sk-proj-', {left: 'token', glued: 'random'}),
  row('OpenAI Service Key', 'critical', `sk-svcacct-${WORD}{10}`, 'sk-svcacct-', {left: 'token', glued: 'random'}),
  row('Fireworks API Key', 'critical', 'fw_[A-Za-z0-9]{22,}', 'fw_', {
    left: 'token',
    right: 'alnum',
    glued: 'random',
    check: 'twoDigits',
  }),
  row(
    'AWS Access Key ID',
    'critical',
    // ids that sign; those of users, roles, groups and policies only name them
    '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,128}',
    'A3T AKIA ASIA ABIA ACCA',
    {left: 'token', glued: 'key id', check: 'awsKeyId', oneCase: true, core: true},
  ),
  row('Google API Key', 'critical', `AIza${WORD}{35}`, 'AIza', {right: 'token', glued: 'random'}),
  row('Google OAuth Client Secret', 'critical', `GOCSPX-${WORD}{28}`, 'GOCSPX-'),
  row('Google OAuth Token', 'high', `ya29\\.${WORD}{20}`, 'ya29.'),
  row(
    'Google OAuth Client ID',
    'medium',
    '[0-9]{6}-[A-Za-z0-9_]{32}\\.apps\\.googleusercontent\\.com',
    '.apps.googleusercontent.com',
    {back: 39},
  ),
  row(
    'Stripe Key',
    'critical',
    '[sr]k[-_](?:live|test)[-_][A-Za-z0-9_]{16}',
    'sk_live sk_test sk-live sk-test rk_live rk_test rk-live rk-test',
  ),
  row('Stripe Webhook Secret', 'critical', 'whsec_[A-Za-z0-9_+/=-]{20}', 'whsec_'),
  row('GitHub Token', 'critical', 'gh[pousr]_[A-Za-z0-9_]{30}|ghs_[A-Za-z0-9_.-]{30}', 'ghp_ gho_ ghu_ ghs_ ghr_', {
    summed: 40,
    check: 'issuedCase',
    core: true,
  }),
  row('GitHub Fine-Grained PAT', 'critical', 'github_pat_[A-Za-z0-9_]{22}', 'github_pat_', {
    check: 'issuedCase',
    core: true,
  }),
  row('GitLab PAT', 'critical', `glpat-${WORD}{20}`, 'glpat-', {check: 'issuedCase', core: true}),
  row(
    'Slack Token',
    'critical',
    'xox[bprase]-[A-Za-z0-9-]{10}|xoxe\\.xox[a-z]-[A-Za-z0-9-]{10}',
    'xoxb- xoxp- xoxr- xoxa- xoxs- xoxe- xoxe.',
    {check: 'issuedCase', core: true},
  ),
  row('Slack App Token', 'critical', 'xapp-[0-9]{1,10}-[A-Za-z0-9_]{1,64}-[0-9]{1,20}-[0-9a-f]', 'xapp-'),
  row(
    'Discord Bot Token',
    'critical',
    `(?-i:[MNO])[A-Za-z0-9]{23,}\\.${WORD}{6}\\.${WORD}{27}|mfa\\.${WORD}{84}`,
    'mfa.',
    {
      triggers: ['dotted24'],
      check: 'drawn',
    },
  ),
  row('Twilio API Key', 'critical', '(?-i:SK)[0-9a-f]{32}', '', {
    left: 'token',
    right: 'hex',
    glued: 'weak',
    triggers: ['hex32'],
    back: 2,
  }),
  row('SendGrid API Key', 'critical', `(?-i:SG)\\.${WORD}{16,64}\\.${WORD}{32}`, 'SG.'),
  row('Mailgun API Key', 'critical', 'key-[A-Za-z0-9]{32,33}', 'key-', {
    left: 'token',
    glued: 'weak',
    check: 'mailgun',
  }),
  row('New Relic API Key', 'critical', 'NRAK-[A-Z0-9]{27}', 'NRAK-'),
  row('Hugging Face Token', 'critical', 'hf_[A-Za-z0-9]{30,40}', 'hf_', {
    left: 'token',
    right: 'alnum',
    glued: 'random',
  }),
  row('Databricks Token', 'critical', 'dapi[0-9a-f]{32}(?:-[0-9])?', 'dapi', {
    left: 'token',
    right: 'alnum',
    glued: 'hex',
  }),
  row('Replicate API Token', 'critical', 'r8_[A-Za-z0-9]{37,40}', 'r8_', {
    left: 'token',
    right: 'alnum',
    glued: 'random',
  }),
  row('Together AI Key', 'critical', 'tok_[a-z0-9]{40,}', 'tok_', {
    left: 'token',
    right: 'token',
    glued: 'weak',
  }),
  row('Pinecone API Key', 'critical', 'pcsk_[A-Za-z0-9_]{36}', 'pcsk_'),
  row('Groq API Key', 'critical', 'gsk_[A-Za-z0-9]{48}', 'gsk_'),
  row('xAI API Key', 'critical', `xai-${WORD}{80}`, 'xai-'),
  row('DigitalOcean Token', 'critical', 'do[opr]_v1_[0-9a-f]{64}', 'dop_v1_ doo_v1_ dor_v1_'),
  row('HashiCorp Vault Token', 'critical', `hv[sbr]\\.${WORD}{24}`, 'hvs. hvb. hvr.'),
  row('Vercel Token', 'critical', '(?:vercel|vc[piark])_[A-Za-z0-9]{24}', 'vercel_ vcp_ vci_ vca_ vcr_ vck_', {
    left: 'token',
    glued: 'random',
  }),
  row('Supabase Service Key', 'critical', `sb_secret_${WORD}{20}`, 'sb_secret_'),
  row('npm Token', 'critical', 'npm_[A-Za-z0-9]{36,}', 'npm_', {
    left: 'token',
    right: 'token',
    glued: 'random',
  }),
  row('PyPI Token', 'critical', `pypi-AgE${WORD}{50}`, 'pypi-AgE'),
  row('Linear API Key', 'high', 'lin_api_[A-Za-z0-9]{40}', 'lin_api_'),
  row('Notion API Key', 'high', 'ntn_[A-Za-z0-9]{40}', 'ntn_'),
  row('Sentry Auth Token', 'high', 'sntrys_[A-Za-z0-9_=-]{40}', 'sntrys_'),
  // The first bytes of an encoded `{"` or `{` with white space after it; the validator decides.
  row('JWT Token', 'high', `(?-i:e[yw][A-Za-z0-9_=-]{6,}\\.e[yw][A-Za-z0-9_=-]{2,}\\.[A-Za-z0-9_=-]*)`, '.ey .ew', {
    starts: 'segment',
    check: 'jwt',
  }),
  row(
    'Private Key Header',
    'critical',
    '-----BEGIN\\s*(?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP)\\s*)?PRIVATE\\s*KEY(?:\\s*BLOCK)?\\s*-----',
    '-----BEGIN',
    {check: 'keyHeader', core: true},
  ),
  row('Bitcoin WIF Private Key', 'critical', `(?-i:[59]${BASE58}{50}|[KLc]${BASE58}{51})`, '', {
    left: 'alnum',
    triggers: ['base58_50'],
    check: 'wif',
  }),
  row('Extended Private Key', 'critical', `(?-i:[xyztuvYZ]prv)${BASE58}{107,108}`, 'xprv yprv zprv tprv uprv vprv', {
    check: 'base58check',
  }),
  row('Ethereum Private Key', 'critical', '0x[0-9a-f]{64}', '', {
    right: 'hex',
    triggers: ['hex32'],
    back: 2,
    check: 'notHash',
  }),
  row('Social Security Number', 'critical', '[0-9]{3}-[0-9]{2}-[0-9]{4}', '', {
    left: 'token',
    right: 'token',
    triggers: ['ssn'],
    check: 'ssn',
  }),
  row('Credit Card Number', 'medium', '[2-6](?:[ -]?[0-9]){14,18}', '', {
    left: 'number',
    right: 'alnum',
    triggers: ['digits15'],
    check: 'luhn',
  }),
  row('IBAN', 'medium', '[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}', '', {
    left: 'alnum',
    triggers: ['iban'],
    check: 'iban',
    oneCase: true,
  }),
  row(
    'Credential in URL',
    'high',
    '(?:password|passwd|secret|token|api_?key|api-key|access_token|refresh_token|client_secret|auth_token|private_key|pwd)' +
      '=[A-Za-z0-9_+/=~%.-][^\\s&]{3}',
    'password= passwd= secret= token= apikey= api_key= api-key= access_token= refresh_token= client_secret= auth_token= ' +
      'private_key= pwd=',
    {left: 'parameter', glued: 'password', check: 'notPlaceholder'},
  ),
  row(
    'AWS Secret Key',
    'critical',
    // any character or none between the words; no such key begins with `=`, which may also stand in front of it
    `secret(?:access|.access)(?:key|.key)["'=:\\s]{1,8}[A-Za-z0-9/+][A-Za-z0-9/+=]{39}`,
    'secret',
    {right: 'base64', core: true},
  ),
  row(
    'Environment Variable Secret',
    'high',
    '(?-i:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|PASSWORD|PASSWD|TOKEN|API_KEY)=[^\\s]{8}',
    'secret= secret_key= secret_access_key= password= passwd= token= api_key=',
    {left: 'name', check: 'variable'},
  ),
]

const connection = (name: string, schemes: readonly string[]): BuiltInPattern =>
  row(
    name,
    'critical',
    `(?:${schemes.map((s) => s.replace('+', '\\+')).join('|')})://[^\\s:/@?#]{0,128}:[^\\s/@?#]{1,256}@`,
    schemes.map((scheme) => `${scheme}://`).join(' '),
    {left: 'alnum', glued: 'sign', check: 'connection'},
  )

const EXTENDED: readonly BuiltInPattern[] = [
  row('LLM Router API Key', 'critical', 'sk-or-v1-[0-9a-f]{20}', 'sk-or-v1-'),
  row('Answer Engine API Key', 'critical', 'pplx-[A-Za-z0-9]{20}', 'pplx-'),
  row('Web Research API Key', 'critical', 'tvly-[A-Za-z0-9-]{20}', 'tvly-'),
  ...[
    ['GitLab Deploy Token', 'gldt-'],
    ['GitLab Runner Token', 'glrt- glrtr-'],
    ['GitLab CI Job Token', 'glcbt-'],
    ['GitLab Pipeline Trigger Token', 'glptt-'],
    ['GitLab OAuth App Secret', 'gloas-'],
    ['GitLab SCIM Token', 'glsoat-'],
    ['GitLab Service Token', 'glft- glimt- glagent- glwt- glffct-'],
  ].map(([name = '', issued = '']) => row(name, 'critical', `(?:${issued.split(' ').join('|')})${WORD}{20}`, issued)),
  connection('PostgreSQL Connection String', ['postgres', 'postgresql']),
  connection('MySQL Connection String', ['mysql']),
  connection('MongoDB Connection String', ['mongodb', 'mongodb+srv']),
  connection('Redis Connection String', ['redis', 'rediss']),
  row('GCP Service Account Private Key ID', 'high', '"private_key_id"\\s*:\\s*"[0-9a-f]{40}"', '"private_key_id"'),
  row('GCP Service Account Key', 'critical', '"type"\\s*:\\s*"service_account"', '"type"', {
    check: 'serviceAccount',
    core: true,
  }),
  row('Azure Storage Account Key', 'critical', 'AccountKey=[A-Za-z0-9+/]{86}==', 'AccountKey='),
  row('Azure SAS Token', 'high', 'sig=[A-Za-z0-9+/]{43}=', 'sig=', {left: 'alnum', glued: 'sign'}),
  row('Extended Public Key', 'high', `(?-i:[xyzt]pub)${BASE58}{100,112}`, 'xpub ypub zpub tpub', {check: 'drawn'}),
  row('Azure AD Client Secret', 'critical', `(?-i:[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})`, 'Q~', {back: 4}),
  row('Telegram Bot Token', 'critical', `[0-9]{8,10}:${WORD}{35}`, '', {
    left: 'bot',
    right: 'token',
    glued: 'random',
    triggers: ['digits8'],
  }),
  row('Shopify Token', 'critical', 'shp(?:at|ss|ca)_[0-9a-f]{32}', 'shpat_ shpss_ shpca_'),
  row('Atlassian API Token', 'critical', `(?-i:ATATT3)[A-Za-z0-9_=-]{50}`, 'ATATT3'),
  row('Postman API Key', 'critical', 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', 'PMAK-'),
  row('Doppler Token', 'critical', 'dp\\.pt\\.[A-Za-z0-9]{40}', 'dp.pt.'),
  row('Terraform Token', 'critical', '[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_-]{60}', '.atlasv1.', {back: 14}),
  row(
    'Cloudflare API Token',
    'critical',
    `(?:cf|cloudflare)[_-]api[_-](?:token|key)["'=:\\s]{1,8}[A-Za-z0-9_-]{37,40}`,
    'cf_api_token cf-api-token cf_api_key cf-api-key cloudflare_api_token cloudflare-api-token cloudflare_api_key ' +
      'cloudflare-api-key',
    {left: 'alnum', right: 'token'},
  ),
  row('age Secret Key', 'critical', 'AGE-SECRET-KEY-1[0-9A-Z]{58}', 'AGE-SECRET-KEY-1'),
  row(
    'Bearer Token',
    'medium',
    `authorization["']?\\s{0,4}[:=]\\s{0,4}["']?bearer\\s{1,4}[A-Za-z0-9._~+/=-]{32}`,
    'authorization',
    {left: 'alnum', check: 'bearer'},
  ),
]

/** `h`: lower-case hex, `n`: letters and digits, `u`: those of base64url, `U`: capitals and digits; anything else is itself. */
const ALPHABETS: Readonly<Record<string, string>> = {
  h: '[0-9a-f]',
  n: '[A-Za-z0-9]',
  u: '[A-Za-z0-9_-]',
  U: '[A-Z0-9]',
}

const escaped = (text: string): string =>
  text
    .replace(/[.?+/-]/g, '\\$&')
    .replaceAll('\\/', '/')
    .replaceAll('\\-', '-')

function bodyOf(body: string): string {
  return body.replace(
    /\[[^\]]*\]\{[0-9,]+\}|([hnuU])(\{[0-9,]+\})|[.?]/g,
    (all, alphabet: string | undefined, count: string) =>
      alphabet === undefined ? (all.length === 1 ? `\\${all}` : all) : `${ALPHABETS[alphabet] ?? ''}${count}`,
  )
}

/** One hex digit more is another number, and so on; a sign with a slash stands inside an address. */
function rightOf(body: string): BuiltInPattern['right'] {
  return /h\{[0-9,]+\}$/.test(body) ? 'hex' : undefined
}

const VENDOR_PATTERNS: readonly BuiltInPattern[] = VENDOR_TOKENS.map(([name, signs, body]) => {
  const issued = signs.split(' ')
  const right = rightOf(body)
  return {
    name,
    severity: 'critical',
    regex: `(?:${issued.map(escaped).join('|')})${bodyOf(body)}`,
    issued,
    ...(!signs.includes('/') && {left: 'token' as const, glued: 'weak' as const}),
    ...(right !== undefined && {right}),
  }
})

/** Known by form and surroundings alone: last, so that any name comes before it. */
const BY_FORM: readonly BuiltInPattern[] = [
  row('Raw Private Key', 'critical', '(?:0x)?[0-9a-f]{64}', '', {
    right: 'hex',
    triggers: ['hex32'],
    check: 'keyName',
  }),
  row(VENDOR_TOKEN, 'high', '[A-Za-z0-9]{2,12}[_-][A-Za-z0-9_-]{16,200}', '', {
    left: 'token',
    triggers: ['signed'],
    check: 'vendorToken',
  }),
]

/** Rows 1–48 in table order, then the extended set, the tokens of services, and what is known by its form. */
export const BUILT_IN_PATTERNS: readonly BuiltInPattern[] = [
  ...CREDENTIALS,
  ...EXTENDED,
  ...VENDOR_PATTERNS,
  ...BY_FORM,
]

/** Other spellings under which configuration may name a pattern. */
export const PATTERN_ALIASES: ReadonlyMap<string, string> = new Map([['AWS Access ID', 'AWS Access Key ID']])
