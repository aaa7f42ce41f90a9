// A second true example and a second near miss of every pattern: other prefixes, other boundaries, references in the place of
// values. Put together at run time, like the first ones.
import {base58Check, base64url, hex, mixed, upper} from './credentials.js'
import {vendorExamples} from './vendor-credentials.js'

const p = (...parts: string[]): string => parts.join('')
const low = (length: number): string => mixed(length).toLowerCase()
const extended = (version: string): string =>
  base58Check(Buffer.concat([Buffer.from(version, 'hex'), Buffer.alloc(74, 5)]))
const wallet = (version: number): string => base58Check(Buffer.concat([Buffer.from([version]), Buffer.alloc(32, 11)]))

/** Name → [true example, near miss]. */
export const MORE_EXAMPLES: Readonly<Record<string, () => readonly [string, string]>> = {
  ...vendorExamples(true),
  'Raw Private Key': () => [p('"signingKey":"', hex(64), '"'), p('"checksum":"', hex(64), '"')],
  'Vendor Token': () => [p('orbit', '-', 'k7_', mixed(24)), p('orbit', '-', 'satellite-of-a-planet-2026')],
  'Anthropic API Key': () => [p('sk-', 'ant-api03-', mixed(40)), p('ta', 'sk-', 'ant-', mixed(12))],
  'OpenAI API Key': () => [p('sk-', 'proj-', 'ab_c-', mixed(20)), p('sk-', 'proj-', mixed(9))],
  'OpenAI Service Key': () => [p('sk-', 'svcacct-', 'a_b-', mixed(20)), p('ri', 'sk-', 'svcacct-', mixed(12))],
  'Fireworks API Key': () => [p('key: fw', '_', mixed(22), ';'), p('fw', '_', mixed(21))],
  'AWS Access Key ID': () => [p('A3', 'TX', upper(16)), p('AK', 'IB', upper(16))],
  'Google API Key': () => [p('AI', 'za', '-_', mixed(33)), p('AI', 'za', mixed(34))],
  'Google OAuth Client Secret': () => [p('GOC', 'SPX-', '_-', mixed(30)), p('GOC', 'SPX_', mixed(28))],
  'Google OAuth Token': () => [p('ya', '29.a0_', mixed(60)), p('ya', '29-', mixed(30))],
  'Google OAuth Client ID': () => [
    p('123456789012-', low(32), '.apps.', 'googleusercontent.com'),
    p('12345-', mixed(32), '.apps.', 'googleusercontent.com'),
  ],
  'Stripe Key': () => [p('rk', '-test-', 'a_b', mixed(20)), p('pk', '_live_', mixed(24))],
  'Stripe Webhook Secret': () => [p('wh', 'sec_', 'a+b/', mixed(20), '='), p('wh', 'sec-', mixed(20))],
  'GitHub Token': () => [p('gh', 's_', mixed(12), '.', mixed(12), '-', mixed(8)), p('gh', 'x_', mixed(36))],
  'GitHub Fine-Grained PAT': () => [p('github', '_pat_', mixed(22), '_', mixed(40)), p('github', '-pat-', mixed(36))],
  'GitLab PAT': () => [p('gl', 'pat-', 'a_b-', mixed(20)), p('gl', 'pat_', mixed(20))],
  'Slack Token': () => [p('xo', 'xe.xo', 'xp-1-', mixed(12)), p('xo', 'xz-', mixed(12))],
  'Slack App Token': () => [p('xa', 'pp-2-', 'B_9-', '12-', hex(8)), p('xa', 'pp-1-', 'A012-', 'abc-', hex(16))],
  'Discord Bot Token': () => [p('mf', 'a.', mixed(84)), p('mf', 'a.', mixed(83))],
  'Twilio API Key': () => [p('sid=S', 'K', hex(32), ';'), p('S', 'K', hex(33))],
  'SendGrid API Key': () => [p('S', 'G.', mixed(16), '.', mixed(32)), p('S', 'G.', mixed(15), '.', mixed(43))],
  'Mailgun API Key': () => [p('(key', '-', hex(32), ')'), p('key', '-', 'abcdefgh'.repeat(4))],
  'New Relic API Key': () => [p('nr', 'ak-', low(30)), p('NR', 'AK_', upper(27))],
  'Hugging Face Token': () => [p('h', 'f_', mixed(30)), p('h', 'f_', mixed(29))],
  'Databricks Token': () => [p('da', 'pi', hex(32), '-2'), p('da', 'pi', 'g', hex(31))],
  'Replicate API Token': () => [p('r', '8_', mixed(40)), p('r', '8-', mixed(40))],
  'Together AI Key': () => [p('to', 'k_', low(64)), p('to', 'k_', mixed(40), '-x')],
  'Pinecone API Key': () => [p('pc', 'sk_', 'a_b', mixed(40)), p('pc', 'sk-', mixed(36))],
  'Groq API Key': () => [p('gs', 'k_', mixed(52)), p('gs', 'k-', mixed(48))],
  'xAI API Key': () => [p('xa', 'i-', 'a_b-', mixed(80)), p('xa', 'i_', mixed(80))],
  'DigitalOcean Token': () => [p('doo', '_v1_', hex(64)), p('doq', '_v1_', hex(64))],
  'HashiCorp Vault Token': () => [p('hv', 'b.', 'a_b-', mixed(24)), p('hv', 'a.', mixed(30))],
  'Vercel Token': () => [p('vc', 'p_', mixed(24)), p('i', 'vc', 'p_', mixed(24))],
  'Supabase Service Key': () => [p('sb_', 'secret_', mixed(22), '_', mixed(8)), p('sb_', 'publishable_', mixed(22))],
  'npm Token': () => [p('"np', 'm_', mixed(40), '"'), p('np', 'm-', mixed(36))],
  'PyPI Token': () => [p('py', 'pi-AgE', 'IcHlwaS5vcmc', mixed(60)), p('py', 'pi-', mixed(60))],
  'Linear API Key': () => [p('lin', '_api_', mixed(44)), p('lin', '_app_', mixed(40))],
  'Notion API Key': () => [p('nt', 'n_', mixed(46)), p('nt', 'm_', mixed(40))],
  'Sentry Auth Token': () => [p('snt', 'rys_', 'a_b-', mixed(40), '='), p('snt', 'ry_', mixed(40))],
  'JWT Token': () => [
    p(base64url('{ "alg": "none" }'), '.', base64url('{\n"sub": 1}'), '.'),
    p(base64url({alg: 'HS256'}), '.', base64url('["no object"]'), '.', mixed(12)),
  ],
  'Private Key Header': () => [
    p('-----', 'BEGIN PGP PRIVATE', ' KEY BLOCK-----'),
    p('-----', 'BEGIN CERTIFICATE-----'),
  ],
  'Bitcoin WIF Private Key': () => [wallet(0x80), wallet(0xef)],
  'Extended Private Key': () => [extended('04b2430c'), extended('0488b21e')],
  'Ethereum Private Key': () => [p('pk: 0', 'X', hex(64).toUpperCase()), p('0', 'x', hex(63))],
  'Social Security Number': () => [p('(271-', '38-', '4160)'), p('123-', '00-', '6789')],
  'Credit Card Number': () => [p('3782 ', '822463 ', '10005'), p('3782 ', '822463 ', '10006')],
  IBAN: () => [p('GB82 ', 'WEST 1234 ', '5698 7654 32'), p('GB82 ', 'WEST 1234 ', '5698 7654 33')],
  'Credential in URL': () => [p('?client', '_secret=', mixed(8)), p('tok', 'en=', '${API_TOKEN}')],
  'AWS Secret Key': () => [
    p('{"Secret', 'AccessKey": "', mixed(40), '"}'),
    p('{"Secret', 'AccessKey": "', mixed(41), '"}'),
  ],
  'Environment Variable Secret': () => [p('export GH_', 'API_KEY=', mixed(20)), p('API_', 'TOKEN=', '$API_TOKEN')],
  'LLM Router API Key': () => [p('sk-', 'or-v1-', hex(64)), p('sk-', 'or-v2-', hex(64))],
  'Answer Engine API Key': () => [p('pp', 'lx-', mixed(48)), p('pp', 'lx_', mixed(48))],
  'Web Research API Key': () => [p('tv', 'ly-dev-', mixed(32)), p('tv', 'ly_', mixed(32))],
  'GitLab Deploy Token': () => [p('gl', 'dt-', 'a_b-', mixed(20)), p('gl', 'dt_', mixed(20))],
  'GitLab Runner Token': () => [p('gl', 'rtr-', mixed(20)), p('gl', 'rtx-', mixed(20))],
  'GitLab CI Job Token': () => [p('gl', 'cbt-64_', mixed(20)), p('gl', 'cbt_', mixed(20))],
  'GitLab Pipeline Trigger Token': () => [p('gl', 'ptt-', mixed(40)), p('gl', 'ptt_', mixed(20))],
  'GitLab OAuth App Secret': () => [p('gl', 'oas-', mixed(64)), p('gl', 'oas_', mixed(20))],
  'GitLab SCIM Token': () => [p('gl', 'soat-', mixed(40)), p('gl', 'soat_', mixed(20))],
  'GitLab Service Token': () => [p('gl', 'ft-', mixed(20)), p('gl', 'xt-', mixed(20))],
  'PostgreSQL Connection String': () => [
    p('postgresql', '://app:', mixed(6), '@10.0.0.1:5432/x'),
    p('postgres', '://app:', '${DB_PASSWORD}', '@db/x'),
  ],
  'MySQL Connection String': () => [
    p('mysql', '://root:', mixed(6), '@db'),
    p('mysql', '://root:', '<password>', '@db'),
  ],
  'MongoDB Connection String': () => [p('mongodb', '://a:', mixed(6), '@db'), p('mongodb', '://a:', 'xxxx', '@db')],
  'Redis Connection String': () => [p('redis', '://u:', mixed(6), '@db'), p('redis', '://:', '***', '@db')],
  'GCP Service Account Private Key ID': () => [
    p('"private_key', '_id":"', hex(40), '"'),
    p('"private_key', '_id":"', hex(41), '"'),
  ],
  'GCP Service Account Key': () => [
    p('{"client', '_email": "x", "type":"service', '_account"}'),
    p('{"type": "authorized', '_user", "client', '_email": "x"}'),
  ],
  'Azure Storage Account Key': () => [
    p('AccountName=x;Account', 'Key=', mixed(84), '+/', '==;x'),
    p('Account', 'Name=', mixed(86), '=='),
  ],
  'Azure SAS Token': () => [p('?sv=1&si', 'g=', mixed(41), '+/='), p('si', 'g=', mixed(42), '=')],
  'Extended Public Key': () => [extended('04b24746'), p('XP', 'UB', extended('0488b21e').slice(4))],
  'Azure AD Client Secret': () => [p('Zx_7', 'Q~', mixed(31)), p('abc8', 'q~', mixed(34))],
  'Telegram Bot Token': () => [p('bot12345678', ':', mixed(35)), p('1234567', ':', mixed(35))],
  'Shopify Token': () => [p('shp', 'ss_', hex(32)), p('shp', 'xx_', hex(32))],
  'Atlassian API Token': () => [p('ATA', 'TT3', 'a_b-', mixed(60), '='), p('ATA', 'TT3', mixed(49))],
  'Postman API Key': () => [p('pm', 'ak-', hex(24), '-', hex(34)), p('PM', 'AK-', hex(23), '-', hex(34))],
  'Doppler Token': () => [p('dp.', 'pt.', mixed(43)), p('dp.', 'st.', mixed(43))],
  'Terraform Token': () => [p('x', mixed(14), '.atlas', 'v1.', mixed(67)), p(mixed(13), '.atlas', 'v1.', mixed(60))],
  'Cloudflare API Token': () => [p('cloudflare', '-api-key: "', mixed(37), '"'), p('my_api', '_token=', mixed(40))],
  'age Secret Key': () => [p('age-secret', '-key-1', low(58)), p('AGE-SECRET', '-KEY-2', upper(58))],
  'Bearer Token': () => [
    p('"authorization": "bearer ', mixed(40), '"'),
    p('Authorization: Bearer ', base64url({alg: 'HS256'}), '.', base64url({sub: 'someone'}), '.', mixed(40)),
  ],
}
