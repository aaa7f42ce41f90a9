// Synthetic credentials, assembled at run time so that nothing in the repository looks like a secret: one true example
// of every pattern and one near miss that must stay clean.
import {createHash} from 'node:crypto'
import {vendorExamples} from './vendor-credentials.js'

const MIXED = 'a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz'
const UPPER = 'Q7W3E9R5T1Y8U4K2P6A0S'

export function mixed(length: number): string {
  return MIXED.repeat(Math.ceil(length / MIXED.length)).slice(0, length)
}
export function upper(length: number): string {
  return UPPER.repeat(Math.ceil(length / UPPER.length)).slice(0, length)
}
export function hex(length: number): string {
  return '1f2e3d4c5b6a7089'.repeat(Math.ceil(length / 16)).slice(0, length)
}
export function base64url(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

export function base58Check(payload: Buffer): string {
  const sha = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
  let value = BigInt(`0x${Buffer.concat([payload, sha(sha(payload)).subarray(0, 4)]).toString('hex')}`)
  let out = ''
  for (; value > 0n; value /= 58n) out = BASE58.charAt(Number(value % 58n)) + out
  return out
}

/** Number with a valid last digit. */
export function luhn(digits: string): string {
  for (let d = 0; d < 10; d++) {
    const all = digits + String(d)
    let sum = 0
    for (let i = 0; i < all.length; i++) {
      let n = Number(all[all.length - 1 - i])
      if (i % 2 === 1) n = n * 2 > 9 ? n * 2 - 9 : n * 2
      sum += n
    }
    if (sum % 10 === 0) return all
  }
  throw new Error('unreachable')
}

const xprv = (): string => base58Check(Buffer.concat([Buffer.from('0488ade4', 'hex'), Buffer.alloc(74, 7)]))
const p = (...parts: string[]): string => parts.join('')

/** Name → [true example, near miss]. */
export const EXAMPLES: Readonly<Record<string, () => readonly [string, string]>> = {
  ...vendorExamples(false),
  'Raw Private Key': () => [`wallet_private_key: ${hex(64)}`, `commit: ${hex(64)}`],
  'Vendor Token': () => [`zq${'x_'}${mixed(30)}`, `release_${mixed(30)}`],
  'Anthropic API Key': () => [p('sk-', 'ant-', mixed(12)), p('sk-', 'ant-', mixed(9))],
  'OpenAI API Key': () => [p('sk-', 'proj-', mixed(12)), p('sk-', 'proj-', mixed(9))],
  'OpenAI Service Key': () => [p('sk-', 'svcacct-', mixed(12)), p('sk-', 'svcacct-', mixed(9))],
  'Fireworks API Key': () => [p('fw', '_', mixed(24)), p('fw', '_', 'documentation'.repeat(2))],
  'AWS Access Key ID': () => [p('AK', 'IA', upper(16)), p('akia', 'abcdefghijklmnop')],
  'Google API Key': () => [p('AI', 'za', mixed(35)), p('AI', 'zb', mixed(35))],
  'Google OAuth Client Secret': () => [p('GOC', 'SPX-', mixed(28)), p('GOC', 'SPX-', mixed(27))],
  'Google OAuth Token': () => [p('ya', '29.', mixed(20)), p('ya', '29.', mixed(19))],
  'Google OAuth Client ID': () => [
    p('123456-', mixed(32), '.apps.', 'googleusercontent.com'),
    p('123456-', mixed(31), '.apps.', 'googleusercontent.com'),
  ],
  'Stripe Key': () => [p('sk', '_live_', mixed(16)), p('sk', '_live_', mixed(15))],
  'Stripe Webhook Secret': () => [p('wh', 'sec_', mixed(20)), p('wh', 'sec_', mixed(19))],
  'GitHub Token': () => [p('gh', 'p_', mixed(30)), p('gh', 'p_', mixed(29))],
  'GitHub Fine-Grained PAT': () => [p('github', '_pat_', mixed(22)), p('github', '_pat_', mixed(21))],
  'GitLab PAT': () => [p('gl', 'pat-', mixed(20)), p('gl', 'pat-', mixed(19))],
  'Slack Token': () => [p('xo', 'xb-', mixed(10)), p('xo', 'xb-', mixed(9))],
  'Slack App Token': () => [p('xa', 'pp-1-', 'A012-', '345-', hex(16)), p('xa', 'pp-a-', 'A012-', '345-', hex(16))],
  'Discord Bot Token': () => [
    p('M', mixed(23), '.', mixed(6), '.', mixed(27)),
    p('m', mixed(23).toLowerCase(), '.', mixed(6), '.', mixed(27)),
  ],
  'Twilio API Key': () => [p('S', 'K', hex(32)), p('s', 'k', hex(32))],
  'SendGrid API Key': () => [p('S', 'G.', mixed(22), '.', mixed(43)), p('s', 'g.', mixed(22), '.', mixed(43))],
  'Mailgun API Key': () => [p('key', '-', mixed(32)), p('key', '-', mixed(33))],
  'New Relic API Key': () => [p('NR', 'AK-', upper(27)), p('NR', 'AK-', upper(26))],
  'Hugging Face Token': () => [p('h', 'f_', mixed(34)), p('h', 'f-', mixed(34))],
  'Databricks Token': () => [p('da', 'pi', hex(32)), p('da', 'pi', hex(31))],
  'Replicate API Token': () => [p('r', '8_', mixed(37)), p('r', '8_', mixed(36))],
  'Together AI Key': () => [p('to', 'k_', mixed(40)), p('to', 'k_', mixed(39))],
  'Pinecone API Key': () => [p('pc', 'sk_', mixed(36)), p('pc', 'sk_', mixed(35))],
  'Groq API Key': () => [p('gs', 'k_', mixed(48)), p('gs', 'k_', mixed(47))],
  'xAI API Key': () => [p('xa', 'i-', mixed(80)), p('xa', 'i-', mixed(79))],
  'DigitalOcean Token': () => [p('dop', '_v1_', hex(64)), p('dop', '_v1_', hex(63))],
  'HashiCorp Vault Token': () => [p('hv', 's.', mixed(24)), p('hv', 's.', mixed(23))],
  'Vercel Token': () => [p('ver', 'cel_', mixed(24)), p('ver', 'cel_', mixed(23))],
  'Supabase Service Key': () => [p('sb_', 'secret_', mixed(20)), p('sb_', 'secret_', mixed(19))],
  'npm Token': () => [p('np', 'm_', mixed(36)), p('np', 'm_', mixed(35))],
  'PyPI Token': () => [p('py', 'pi-AgE', mixed(50)), p('py', 'pi-AgE', mixed(49))],
  'Linear API Key': () => [p('lin', '_api_', mixed(40)), p('lin', '_api_', mixed(39))],
  'Notion API Key': () => [p('nt', 'n_', mixed(40)), p('nt', 'n_', mixed(39))],
  'Sentry Auth Token': () => [p('snt', 'rys_', mixed(40)), p('snt', 'rys_', mixed(39))],
  'JWT Token': () => [
    p(base64url({alg: 'HS256'}), '.', base64url({sub: 'someone'}), '.', mixed(12)),
    p(base64url({name: 'no header'}), '.', base64url({sub: 'someone'}), '.', mixed(12)),
  ],
  'Private Key Header': () => [p('-----', 'BEGIN RSA PRIVATE', ' KEY-----'), p('-----', 'BEGIN PUBLIC', ' KEY-----')],
  'Bitcoin WIF Private Key': () => {
    const wif = base58Check(Buffer.concat([Buffer.from([0x80]), Buffer.alloc(32, 9), Buffer.from([1])]))
    return [wif, `${wif.slice(0, -1)}${wif.endsWith('2') ? '3' : '2'}`]
  },
  'Extended Private Key': () => [xprv(), `${xprv().slice(0, -1)}${xprv().endsWith('2') ? '3' : '2'}`],
  'Ethereum Private Key': () => [p('0', 'x', hex(64)), p('0', 'x', hex(65))],
  'Social Security Number': () => [p('123-', '45-', '6789'), p('000-', '45-', '6789')],
  'Credit Card Number': () => [
    luhn('411122223333444'),
    luhn('411122223333444').replace(/.$/, (d) => String((Number(d) + 1) % 10)),
  ],
  IBAN: () => [p('DE89', '3704', '0044', '0532', '0130', '00'), p('DE88', '3704', '0044', '0532', '0130', '00')],
  'Credential in URL': () => [p('pass', 'word=', 'hunter22'), p('pass', 'word=', 'xxxx')],
  'AWS Secret Key': () => [
    p('aws_', 'secret_access_key', '=', mixed(40)),
    p('aws_', 'secret_access_key', '=', mixed(39)),
  ],
  'Environment Variable Secret': () => [p('DB_', 'PASSWORD', '=', mixed(12)), p('RATE_TOKEN', '_BUCKET=', mixed(12))],
  'LLM Router API Key': () => [p('sk-', 'or-v1-', hex(20)), p('sk-', 'or-v1-', hex(19))],
  'Answer Engine API Key': () => [p('pp', 'lx-', mixed(20)), p('pp', 'lx-', mixed(19))],
  'Web Research API Key': () => [p('tv', 'ly-', mixed(20)), p('tv', 'ly-', mixed(19))],
  'GitLab Deploy Token': () => [p('gl', 'dt-', mixed(20)), p('gl', 'dt-', mixed(19))],
  'GitLab Runner Token': () => [p('gl', 'rt-', mixed(20)), p('gl', 'rt-', mixed(19))],
  'GitLab CI Job Token': () => [p('gl', 'cbt-', mixed(20)), p('gl', 'cbt-', mixed(19))],
  'GitLab Pipeline Trigger Token': () => [p('gl', 'ptt-', mixed(20)), p('gl', 'ptt-', mixed(19))],
  'GitLab OAuth App Secret': () => [p('gl', 'oas-', mixed(20)), p('gl', 'oas-', mixed(19))],
  'GitLab SCIM Token': () => [p('gl', 'soat-', mixed(20)), p('gl', 'soat-', mixed(19))],
  'GitLab Service Token': () => [p('gl', 'agent-', mixed(20)), p('gl', 'agent-', mixed(19))],
  'PostgreSQL Connection String': () => [p('postgres', '://u:', mixed(12), '@db/x'), p('postgres', '://db.example/x')],
  'MySQL Connection String': () => [p('mysql', '://u:', mixed(12), '@db/x'), p('mysql', '://u@db.example/x')],
  'MongoDB Connection String': () => [p('mongodb+srv', '://u:', mixed(12), '@db/x'), p('mongodb', '://u@db/x')],
  'Redis Connection String': () => [p('rediss', '://:', mixed(12), '@db/0'), p('redis', '://db.example/0')],
  'GCP Service Account Private Key ID': () => [
    p('"private_key', '_id": "', hex(40), '"'),
    p('"private_key', '_id": "', hex(39), '"'),
  ],
  'GCP Service Account Key': () => [
    p('{"type": "service', '_account", "project', '_id": "x"}'),
    p('{"type": "service', '_account"}'),
  ],
  'Azure Storage Account Key': () => [p('Account', 'Key=', mixed(86), '=='), p('Account', 'Key=', mixed(85), '==')],
  'Azure SAS Token': () => [p('si', 'g=', mixed(43), '='), p('design=', mixed(43), '=')],
  'Extended Public Key': () => [xprv().replace('prv', 'pub'), p('xp', 'ub', mixed(99).replaceAll('0', '1'))],
  'Azure AD Client Secret': () => [p('abc8', 'Q~', mixed(34)), p('abcd', 'Q~', mixed(34))],
  'Telegram Bot Token': () => [p('123456789', ':', mixed(35)), p('123456789', ':', mixed(34))],
  'Shopify Token': () => [p('shp', 'at_', hex(32)), p('shp', 'at_', hex(31))],
  'Atlassian API Token': () => [p('ATA', 'TT3', mixed(50)), p('ata', 'tt3', mixed(50))],
  'Postman API Key': () => [p('PM', 'AK-', hex(24), '-', hex(34)), p('PM', 'AK-', hex(24), '-', hex(33))],
  'Doppler Token': () => [p('dp.', 'pt.', mixed(40)), p('dp.', 'pt.', mixed(39))],
  'Terraform Token': () => [p(mixed(14), '.atlas', 'v1.', mixed(60)), p(mixed(14), '.atlas', 'v1.', mixed(59))],
  'Cloudflare API Token': () => [p('CF_API', '_TOKEN=', mixed(40)), p('CF_API', '_TOKEN=', mixed(41))],
  'age Secret Key': () => [p('AGE-SECRET', '-KEY-1', upper(58)), p('AGE-SECRET', '-KEY-1', upper(57))],
  'Bearer Token': () => [p('Authorization: ', 'Bearer ', mixed(32)), p('Authorization: ', 'Bearer ', mixed(31))],
}

/** Rows that are reported and never enforced. */
export const INFORMATIONAL: ReadonlySet<string> = new Set(['Bearer Token'])
