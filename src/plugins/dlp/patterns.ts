// The built-in credential patterns (scanning §6.2), as data. `regex` is the exact grammar without its outer boundaries and,
// where nothing follows it, with the smallest count that decides; `literals` are the texts of which every match holds one.
// Names are stable identifiers that configuration refers to.
import type {CheckName} from './validators.js'

export type Severity = 'critical' | 'high' | 'medium' | 'low'

/** What a rule without a literal needs before its expression is worth running (scanning §16.3). */
export type Trigger = 'digits8' | 'digits15' | 'iban' | 'hex32' | 'base58_50' | 'dotted24'

export interface BuiltInPattern {
  readonly name: string
  readonly severity: Severity
  readonly regex: string
  /** Lower case. Together with `tail` they form the reduced expression of the set. */
  readonly literals: readonly string[]
  /** Expression that follows a literal in the set; never more than ten characters long. */
  readonly tail?: string
  /** Reduced expression where literals with a tail do not say it. */
  readonly reduced?: string
  readonly triggers?: readonly Trigger[]
  /** `token`: not preceded by a letter, digit, `_` or `-`; `alnum`: not by a letter or digit; `parameter`: at the start or after `? & ;`. */
  readonly left?: 'token' | 'alnum' | 'parameter'
  /** Not followed by one of these. */
  readonly right?: 'alnum' | 'token' | 'hex' | 'base64'
  readonly check?: CheckName
  /** Part of the floor that configuration cannot remove (scanning §6.6). */
  readonly core?: true
}

type Options = Omit<BuiltInPattern, 'name' | 'severity' | 'regex' | 'literals'>

const row = (
  name: string,
  severity: Severity,
  regex: string,
  literals: string,
  options: Options = {},
): BuiltInPattern => ({name, severity, regex, literals: literals.split(' ').filter(Boolean), ...options})

const WORD = '[A-Za-z0-9_-]'
const BASE58 = '[1-9A-HJ-NP-Za-km-z]'

const CREDENTIALS: readonly BuiltInPattern[] = [
  row('Anthropic API Key', 'critical', `sk-ant-${WORD}{10}`, 'sk-ant-', {left: 'token', tail: `${WORD}{4}`}),
  row('OpenAI API Key', 'critical', `sk-proj-${WORD}{10}`, 'sk-proj-', {left: 'token', tail: `${WORD}{4}`}),
  row('OpenAI Service Key', 'critical', `sk-svcacct-${WORD}{10}`, 'sk-svcacct-', {left: 'token', tail: `${WORD}{4}`}),
  row('Fireworks API Key', 'critical', 'fw_[A-Za-z0-9]{22,}', 'fw_', {
    left: 'token',
    right: 'alnum',
    tail: '[A-Za-z0-9]{10}',
    check: 'twoDigits',
  }),
  row(
    'AWS Access Key ID',
    'critical',
    '(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16,128}',
    'a3t akia agpa aida aroa aipa anpa anva asia',
    {left: 'token', tail: '[A-Z0-9]{10}', check: 'awsKeyId', core: true},
  ),
  row('Google API Key', 'critical', `AIza${WORD}{35}`, 'aiza', {right: 'token', tail: `${WORD}{8}`}),
  row('Google OAuth Client Secret', 'critical', `GOCSPX-${WORD}{28}`, 'gocspx-', {tail: `${WORD}{4}`}),
  row('Google OAuth Token', 'high', `ya29\\.${WORD}{20}`, 'ya29.', {tail: `${WORD}{4}`}),
  row(
    'Google OAuth Client ID',
    'medium',
    '[0-9]{6}-[A-Za-z0-9_]{32}\\.apps\\.googleusercontent\\.com',
    '.apps.googleusercontent.com',
  ),
  row(
    'Stripe Key',
    'critical',
    '[sr]k[-_](?:live|test)[-_][A-Za-z0-9_]{16}',
    'sk_live sk_test sk-live sk-test rk_live rk_test rk-live rk-test',
    {tail: '[-_][A-Za-z0-9_]{4}'},
  ),
  row('Stripe Webhook Secret', 'critical', 'whsec_[A-Za-z0-9_+/=-]{20}', 'whsec_', {tail: '[A-Za-z0-9_+/=-]{4}'}),
  row('GitHub Token', 'critical', 'gh[pousr]_[A-Za-z0-9_]{30}|ghs_[A-Za-z0-9_.-]{30}', 'ghp_ gho_ ghu_ ghs_ ghr_', {
    tail: '[A-Za-z0-9_.-]{4}',
    core: true,
  }),
  row('GitHub Fine-Grained PAT', 'critical', 'github_pat_[A-Za-z0-9_]{22}', 'github_pat_', {
    tail: '[A-Za-z0-9_]{4}',
    core: true,
  }),
  row('GitLab PAT', 'critical', `glpat-${WORD}{20}`, 'glpat-', {tail: `${WORD}{4}`, core: true}),
  row(
    'Slack Token',
    'critical',
    'xox[bprase]-[A-Za-z0-9-]{10}|xoxe\\.xox[a-z]-[A-Za-z0-9-]{10}',
    'xoxb- xoxp- xoxr- xoxa- xoxs- xoxe- xoxe.',
    {tail: '[A-Za-z0-9-]{4}', core: true},
  ),
  row('Slack App Token', 'critical', 'xapp-[0-9]{1,10}-[A-Za-z0-9_]{1,64}-[0-9]{1,20}-[0-9a-f]', 'xapp-', {
    tail: '[0-9]',
  }),
  row(
    'Discord Bot Token',
    'critical',
    `(?-i:[MNO])[A-Za-z0-9]{23,}\\.${WORD}{6}\\.${WORD}{27}|mfa\\.${WORD}{84}`,
    'mfa.',
    {
      tail: `${WORD}{10}`,
      triggers: ['dotted24'],
    },
  ),
  row('Twilio API Key', 'critical', '(?-i:SK)[0-9a-f]{32}', '', {left: 'token', right: 'hex', triggers: ['hex32']}),
  row('SendGrid API Key', 'critical', `(?-i:SG)\\.${WORD}{16,64}\\.${WORD}{32}`, 'sg.', {tail: `${WORD}{10}`}),
  row('Mailgun API Key', 'critical', 'key-[A-Za-z0-9]{32,33}', 'key-', {
    left: 'token',
    tail: '[A-Za-z0-9]{10}',
    check: 'mailgun',
  }),
  row('New Relic API Key', 'critical', 'NRAK-[A-Z0-9]{27}', 'nrak-', {tail: '[A-Z0-9]{4}'}),
  row('Hugging Face Token', 'critical', 'hf_[A-Za-z0-9]{30,40}', 'hf_', {
    left: 'token',
    right: 'alnum',
    tail: '[A-Za-z0-9]{10}',
  }),
  row('Databricks Token', 'critical', 'dapi[0-9a-f]{32}(?:-[0-9])?', 'dapi', {
    left: 'token',
    right: 'alnum',
    tail: '[0-9a-f]{10}',
  }),
  row('Replicate API Token', 'critical', 'r8_[A-Za-z0-9]{37,40}', 'r8_', {
    left: 'token',
    right: 'alnum',
    tail: '[A-Za-z0-9]{10}',
  }),
  row('Together AI Key', 'critical', 'tok_[a-z0-9]{40,}', 'tok_', {
    left: 'token',
    right: 'token',
    tail: '[a-z0-9]{10}',
  }),
  row('Pinecone API Key', 'critical', 'pcsk_[A-Za-z0-9_]{36}', 'pcsk_', {tail: '[A-Za-z0-9_]{4}'}),
  row('Groq API Key', 'critical', 'gsk_[A-Za-z0-9]{48}', 'gsk_', {tail: '[A-Za-z0-9]{10}'}),
  row('xAI API Key', 'critical', `xai-${WORD}{80}`, 'xai-', {tail: `${WORD}{10}`}),
  row('DigitalOcean Token', 'critical', 'do[opr]_v1_[0-9a-f]{64}', 'dop_v1_ doo_v1_ dor_v1_', {tail: '[0-9a-f]{4}'}),
  row('HashiCorp Vault Token', 'critical', `hv[sbr]\\.${WORD}{24}`, 'hvs. hvb. hvr.', {tail: `${WORD}{10}`}),
  row('Vercel Token', 'critical', '(?:vercel|vc[piark])_[A-Za-z0-9]{24}', 'vercel_ vcp_ vci_ vca_ vcr_ vck_', {
    left: 'token',
    tail: '[A-Za-z0-9]{10}',
  }),
  row('Supabase Service Key', 'critical', `sb_secret_${WORD}{20}`, 'sb_secret_', {tail: `${WORD}{4}`}),
  row('npm Token', 'critical', 'npm_[A-Za-z0-9]{36,}', 'npm_', {
    left: 'token',
    right: 'token',
    tail: '[A-Za-z0-9]{10}',
  }),
  row('PyPI Token', 'critical', `pypi-AgE${WORD}{50}`, 'pypi-age', {tail: `${WORD}{4}`}),
  row('Linear API Key', 'high', 'lin_api_[A-Za-z0-9]{40}', 'lin_api_', {tail: '[A-Za-z0-9]{4}'}),
  row('Notion API Key', 'high', 'ntn_[A-Za-z0-9]{40}', 'ntn_', {tail: '[A-Za-z0-9]{10}'}),
  row('Sentry Auth Token', 'high', 'sntrys_[A-Za-z0-9_=-]{40}', 'sntrys_', {tail: '[A-Za-z0-9_=-]{4}'}),
  // The first bytes of an encoded `{"` or `{` with white space after it; the validator decides.
  row(
    'JWT Token',
    'high',
    `(?-i:e[yw][A-Za-z0-9_=-]{6,}\\.e[yw][A-Za-z0-9_=-]{2,}\\.[A-Za-z0-9_=-]*)`,
    'eyj eya ewo ew0 .ey .ew',
    {reduced: '\\.e[yw][A-Za-z0-9_=-]{2}', check: 'jwt'},
  ),
  row(
    'Private Key Header',
    'critical',
    '-----BEGIN\\s*(?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP)\\s*)?PRIVATE\\s*KEY(?:\\s*BLOCK)?\\s*-----',
    '-----begin',
    {core: true},
  ),
  row('Bitcoin WIF Private Key', 'critical', `(?-i:5${BASE58}{50}|[KL]${BASE58}{51})`, '', {
    left: 'alnum',
    triggers: ['base58_50'],
    check: 'wif',
  }),
  row('Extended Private Key', 'critical', `(?-i:[xyztuvYZ]prv)${BASE58}{107,108}`, '', {
    triggers: ['base58_50'],
    check: 'base58check',
  }),
  row('Ethereum Private Key', 'critical', '0x[0-9a-f]{64}', '', {right: 'hex', triggers: ['hex32'], check: 'notHash'}),
  row('Social Security Number', 'critical', '[0-9]{3}-[0-9]{2}-[0-9]{4}', '', {
    left: 'token',
    right: 'token',
    triggers: ['digits8'],
    check: 'ssn',
  }),
  row('Credit Card Number', 'medium', '[2-6](?:[ -]?[0-9]){14,18}', '', {
    left: 'alnum',
    right: 'alnum',
    triggers: ['digits15'],
    check: 'luhn',
  }),
  row('IBAN', 'medium', '[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}', '', {
    left: 'alnum',
    triggers: ['iban'],
    check: 'iban',
  }),
  row(
    'Credential in URL',
    'high',
    '(?:password|passwd|secret|token|api_?key|api-key|access_token|refresh_token|client_secret|auth_token|private_key|pwd)' +
      '=[A-Za-z0-9_+/=~%.-][^\\s&]{3,200}',
    'password= passwd= secret= token= apikey= api_key= api-key= private_key= pwd=',
    {left: 'parameter', tail: '[A-Za-z0-9_+/=~%.-]', check: 'notPlaceholder'},
  ),
  row(
    'AWS Secret Key',
    'critical',
    `secret.?access.?key["'=:\\s]{1,5}[A-Za-z0-9/+=]{40}`,
    'secretaccess secret_access secret-access',
    {reduced: 'secret.?access.?key', right: 'base64', core: true},
  ),
  row(
    'Environment Variable Secret',
    'high',
    '(?-i:[A-Z0-9_]{0,64}(?:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|PASSWORD|PASSWD|TOKEN|API_KEY))=[^\\s]{8,200}',
    'secret= secret_key= access_key= password= passwd= token= api_key=',
    {left: 'alnum', check: 'variable'},
  ),
]

const connection = (name: string, schemes: readonly string[]): BuiltInPattern =>
  row(
    name,
    'critical',
    `(?:${schemes.map((s) => s.replace('+', '\\+')).join('|')})://[^\\s:/@?#]{0,128}:[^\\s/@?#]{1,256}@`,
    schemes.map((scheme) => `${scheme}://`).join(' '),
    {left: 'alnum', check: 'connection'},
  )

const EXTENDED: readonly BuiltInPattern[] = [
  row('LLM Router API Key', 'critical', 'sk-or-v1-[0-9a-f]{20}', 'sk-or-v1-', {tail: '[0-9a-f]{4}'}),
  row('Answer Engine API Key', 'critical', 'pplx-[A-Za-z0-9]{20}', 'pplx-', {tail: '[A-Za-z0-9]{10}'}),
  row('Web Research API Key', 'critical', 'tvly-[A-Za-z0-9-]{20}', 'tvly-', {tail: '[A-Za-z0-9-]{10}'}),
  ...[
    ['GitLab Deploy Token', 'gldt-'],
    ['GitLab Runner Token', 'glrt- glrtr-'],
    ['GitLab CI Job Token', 'glcbt-'],
    ['GitLab Pipeline Trigger Token', 'glptt-'],
    ['GitLab OAuth App Secret', 'gloas-'],
    ['GitLab SCIM Token', 'glsoat-'],
    ['GitLab Service Token', 'glft- glimt- glagent- glwt- glffct-'],
  ].map(([name = '', literals = '']) =>
    row(name, 'critical', `(?:${literals.split(' ').join('|')})${WORD}{20}`, literals, {tail: `${WORD}{10}`}),
  ),
  connection('PostgreSQL Connection String', ['postgres', 'postgresql']),
  connection('MySQL Connection String', ['mysql']),
  connection('MongoDB Connection String', ['mongodb', 'mongodb+srv']),
  connection('Redis Connection String', ['redis', 'rediss']),
  row('GCP Service Account Private Key ID', 'high', '"private_key_id"\\s*:\\s*"[0-9a-f]{40}"', '"private_key_id"'),
  row('GCP Service Account Key', 'critical', '"type"\\s*:\\s*"service_account"', '"service_account"', {
    check: 'serviceAccount',
    core: true,
  }),
  row('Azure Storage Account Key', 'critical', 'AccountKey=[A-Za-z0-9+/]{86}==', 'accountkey=', {
    tail: '[A-Za-z0-9+/]{10}',
  }),
  row('Azure SAS Token', 'high', 'sig=[A-Za-z0-9+/]{43}=', 'sig=', {left: 'alnum', tail: '[A-Za-z0-9+/]{10}'}),
  row('Extended Public Key', 'high', `(?-i:[xyzt]pub)${BASE58}{100,112}`, '', {triggers: ['base58_50']}),
  row('Azure AD Client Secret', 'critical', `(?-i:[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})`, '', {
    reduced: '[0-9]Q~[A-Za-z0-9_~.-]{10}',
  }),
  row('Telegram Bot Token', 'critical', `[0-9]{8,10}:${WORD}{35}`, '', {
    left: 'token',
    right: 'token',
    triggers: ['digits8'],
  }),
  row('Shopify Token', 'critical', 'shp(?:at|ss|ca)_[0-9a-f]{32}', 'shpat_ shpss_ shpca_', {tail: '[0-9a-f]{4}'}),
  row('Atlassian API Token', 'critical', `(?-i:ATATT3)[A-Za-z0-9_=-]{50}`, 'atatt3', {tail: `${WORD}{10}`}),
  row('Postman API Key', 'critical', 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', 'pmak-', {tail: '[0-9a-f]{4}'}),
  row('Doppler Token', 'critical', 'dp\\.pt\\.[A-Za-z0-9]{40}', 'dp.pt.', {tail: '[A-Za-z0-9]{4}'}),
  row('Terraform Token', 'critical', '[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_-]{60}', '.atlasv1.', {
    tail: `${WORD}{10}`,
  }),
  row('age Secret Key', 'critical', 'AGE-SECRET-KEY-1[0-9A-Z]{58}', 'age-secret-key-1'),
]

/** Rows 1–48 in table order, then the extended set. */
export const BUILT_IN_PATTERNS: readonly BuiltInPattern[] = [...CREDENTIALS, ...EXTENDED]

/** Other spellings under which configuration may name a pattern. */
export const PATTERN_ALIASES: ReadonlyMap<string, string> = new Map([['AWS Access ID', 'AWS Access Key ID']])
