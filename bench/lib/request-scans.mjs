// The scans of a request as the pipeline runs them, with the default configuration and `action: block`: for benches that ask
// what would be refused. Findings are reduced to rules and actions.
import {urlScannerForBench} from './scanner.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

/** Credential rules of the default configuration, those that `keeps` names; without it the scanner as the product builds it. */
async function credentialScanner(config, ports, keeps) {
  if (keeps === undefined) {
    const {default: dlp} = await dist('plugins/dlp/index.js')
    return (await dlp.tools(ports)).scanner(config)
  }
  const [{compileRules}, {createScanner}, {createGate}, {openEngine}] = await Promise.all([
    dist('plugins/dlp/rules.js'),
    dist('plugins/dlp/scanner.js'),
    dist('plugins/dlp/gate.js'),
    dist('lib/regex/engine.js'),
  ])
  const engine = openEngine()
  const rules = compileRules(config.dlp, engine).filter(({name}) => keeps(name))
  return createScanner(rules, [], engine, createGate(rules, []))
}

/** The hooks for bodies; `section` changes `request_body_scanning`, `keeps` chooses the credential rules by name. */
export async function requestHooks(section, keeps) {
  const [{loadConfig}, {default: injection}, {createPorts}, requestScanning, {scannersOf}, {createProviders}] =
    await Promise.all([
      dist('host/config/load.js'),
      dist('plugins/injection/index.js'),
      dist('host/ports.js'),
      dist('plugins/request-scanning/create.js'),
      dist('plugins/request-scanning/scanners.js'),
      dist('plugins/redaction/providers.js'),
    ])
  const {config} = await loadConfig(undefined)
  const ports = createPorts({})
  const credentials = await credentialScanner({...config, dlp: {...config.dlp, scan_env: false}}, ports, keeps)
  const scanners = scannersOf(credentials, (await injection.tools(ports)).scanner(), {providers: createProviders([])})
  const settings = {...config.request_body_scanning, enabled: true, ...section}
  const challenges = {note: () => undefined, asked: () => false}
  return requestScanning.bodyHooks({request_body_scanning: settings}, config.api_allowlist, scanners, challenges)
}

const TARGET = {host: 'api.test', rawPath: '/v1', scheme: 'https', path: '/v1', query: ''}
const UNIT = {direction: 'request', status: 0}

/** `scan(bytes, contentType)`. */
export async function bodyScan(section, keeps) {
  const {inspect} = await requestHooks({action: 'block', ...section}, keeps)
  const x = {target: TARGET, transport: 'forward', headers: []}
  return async (bytes, contentType) => {
    const mediaType = contentType.split(';', 1)[0].trim()
    const headers = [['content-type', contentType]]
    return reduced(await inspect(x, {...UNIT, kind: 'body', headers, mediaType, contentType, bytes}))
  }
}

/** `scan(headers)` of name and value pairs. */
export async function headScan(section, keeps) {
  const {inspect} = await requestHooks({action: 'block', ...section}, keeps)
  const x = {target: TARGET, transport: 'forward', headers: []}
  return async (headers) => reduced(await inspect(x, {...UNIT, kind: 'head', headers, bytes: Buffer.alloc(0)}))
}

/** `scan(url)`. */
export async function urlScan(settings = {}, keeps) {
  const scan = await urlScannerForBench(dist, {
    ...settings,
    credentials: keeps && ((config, ports) => credentialScanner(config, ports, keeps)),
  })
  return async (url) => reduced((await scan(url)).findings)
}

function reduced(findings) {
  return findings.map(({action, layer, rule, detail, matches}) => {
    const names = matches?.map(({pattern_name}) => pattern_name) ?? []
    const own = rule ?? names[0] ?? layer
    return {action, layer, rule: own, rules: names.length > 0 ? names : [rule ?? layer], detail}
  })
}
