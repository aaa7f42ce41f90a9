// The destination stage with the default configuration, as the pipeline calls it: parse, then every URL layer, without
// name resolution. Each call parses and judges anew; nothing is remembered between calls but the rate table.
const NEVER = new AbortController().signal

export async function urlScannerForBench(dist, settings) {
  const [{loadConfig}, {default: dlp}, {default: destination}, {createPorts}, {parseTarget}, {default: injection}] =
    await Promise.all([
      dist('host/config/load.js'),
      dist('plugins/dlp/index.js'),
      dist('plugins/destination/index.js'),
      dist('host/ports.js'),
      dist('core/target.js'),
      dist('plugins/injection/index.js'),
    ])
  const ports = createPorts({})
  const {config} = await loadConfig(undefined)
  const effective = {
    ...config,
    dlp: {...config.dlp, scan_env: false},
    fetch_proxy: {...config.fetch_proxy, monitoring: {...config.fetch_proxy.monitoring, ...settings.monitoring}},
  }
  const credentials = await (settings.credentials ?? (await dlp.tools(ports)).scanner)(effective, ports)
  const stage = (await destination.tools(ports)).stage(effective, credentials, (await injection.tools(ports)).scanner())
  return (raw) => {
    const {target} = parseTarget(raw)
    return stage.judge({rawTarget: raw, target, purpose: 'check', signal: NEVER, offline: true})
  }
}
