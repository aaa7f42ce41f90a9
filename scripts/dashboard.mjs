// The Grafana dashboard, made from a table of panels: `npm run docs` writes it to examples/monitoring/grafana.json.

/** In an expression `{}` stands for the chosen instances. */
const ROWS = [
  {
    title: 'State',
    panels: [
      stat('Firewalls that respond', 'up{job="pipelock",instance=~"$instance"}', {calculation: 'sum'}),
      stat('Kill switch', 'max(pipelock_kill_switch_active{})', {off: 'off', on: 'ACTIVE', warning: 1}),
      stat('Evidence', 'max(pipelock_evidence_degraded{} or pipelock_evidence_gap_pending{})', {
        off: 'complete',
        on: 'DEGRADED',
        warning: 1,
      }),
      stat('Blocked', share('sum(rate(pipelock_requests_total{result="blocked",}[$__rate_interval]))'), {
        unit: 'percentunit',
      }),
      stat('Requests per second', 'sum(rate(pipelock_requests_total{}[$__rate_interval]))', {unit: 'reqps'}),
      stat('Open tunnels and WebSockets', 'sum(pipelock_active_tunnels{}) + sum(pipelock_ws_active_connections{})'),
    ],
  },
  {
    title: 'Decisions',
    panels: [
      lines('Requests by result', rates('requests_total', 'result'), 'reqps'),
      lines('Blocks by reason', rates('block_reason_total', 'reason'), 'reqps'),
      lines('Findings by scanner', rates('scanner_hits_total', 'scanner'), 'ops'),
      lines('Blocks by path', rates('block_reason_total', 'surface'), 'reqps'),
      lines('Time of an exchange', quantiles('request_duration_seconds', [0.5, 0.95, 0.99]), 's'),
      lines(
        'Verdicts of the contract',
        rates('contract_decisions_total', 'mode, verdict', '{{mode}} {{verdict}}'),
        'reqps',
      ),
    ],
  },
  {
    title: 'Tunnels and WebSockets',
    panels: [
      lines('Tunnels by result', rates('tunnels_total', 'result'), 'ops'),
      lines('Opened tunnels by outcome', rates('tls_intercept_total', 'outcome'), 'ops'),
      lines('TLS handshakes (p99)', [handshakes()], 's'),
      lines('First bytes of tunnels', rates('sni_total', 'category'), 'ops'),
      lines('WebSockets by result', rates('ws_connections_total', 'result'), 'ops'),
      lines(
        'Bytes',
        [
          ...rates('tunnel_bytes_total', undefined, 'tunnels'),
          ...rates('ws_bytes_total', 'direction', 'websocket {{direction}}'),
        ],
        'Bps',
      ),
      lines(
        'Scan API by decision',
        rates('scan_api_requests_total', 'kind, decision', '{{kind}} {{decision}}'),
        'reqps',
      ),
    ],
  },
  {
    title: 'Evidence and events',
    panels: [
      lines(
        'Lost',
        [
          ...rates('receipt_emit_failures_total', 'reason', 'receipts: {{reason}}'),
          ...rates('log_dropped_total', undefined, 'log lines'),
          ...rates('capture_dropped_total', undefined, 'captures'),
          ...rates('emit_dropped_total', 'sink, reason', 'events to {{sink}}: {{reason}}'),
          ...rates('hook_failures_total', undefined, 'failed hooks'),
        ],
        'ops',
      ),
      lines('Syncs of the evidence log', rates('evidence_syncs_total', 'kind'), 'ops'),
      lines('Events that wait', [{expr: 'sum by (sink) (pipelock_emit_waiting{})', legend: '{{sink}}'}], 'short'),
      lines('Events sent', rates('emit_sent_total', 'sink'), 'ops'),
      lines('Refused shares', rates('share_refused_total', 'resource'), 'ops'),
      lines('Reloads', rates('config_reloads_total', 'status'), 'ops'),
    ],
  },
  {
    title: 'Process',
    panels: [
      lines('Processor', rates('process_cpu_seconds_total', 'instance'), 'percentunit'),
      lines('Memory', [byInstance('process_resident_memory_bytes')], 'bytes'),
      lines('Delay of the event loop (p99)', [byInstance('nodejs_eventloop_lag_p99_seconds')], 's'),
      lines(
        'Open descriptors',
        [
          {
            expr: 'sum by (instance) (pipelock_process_open_fds{}) / sum by (instance) (pipelock_process_max_fds{})',
            legend: '{{instance}}',
          },
        ],
        'percentunit',
      ),
    ],
  },
]

const COLUMNS = 24
const PANEL_HEIGHT = 8
const STAT_HEIGHT = 4

function stat(title, expr, {unit = 'short', off, on, warning, calculation = 'lastNotNull'} = {}) {
  const mappings =
    off === undefined ? [] : [{type: 'value', options: {0: {text: off, index: 0}, 1: {text: on, index: 1}}}]
  const steps = [
    {color: warning === undefined ? 'blue' : 'green', value: null},
    ...(warning === undefined ? [] : [{color: 'red', value: warning}]),
  ]
  return {
    title,
    type: 'stat',
    targets: [{expr, legend: ''}],
    fieldConfig: {defaults: {unit, mappings, thresholds: {mode: 'absolute', steps}}, overrides: []},
    options: {colorMode: 'background', reduceOptions: {calcs: [calculation], fields: '', values: false}},
  }
}

function lines(title, targets, unit) {
  return {
    title,
    type: 'timeseries',
    targets,
    fieldConfig: {defaults: {unit, min: 0, custom: {fillOpacity: 10, showPoints: 'never'}}, overrides: []},
    options: {legend: {displayMode: 'list', placement: 'bottom'}, tooltip: {mode: 'multi', sort: 'desc'}},
  }
}

/** One line for each value of the labels; without labels their sum. */
function rates(name, labels, legend = `{{${labels}}}`) {
  const by = labels === undefined ? 'sum' : `sum by (${labels})`
  return [{expr: `${by} (rate(pipelock_${name}{}[$__rate_interval]))`, legend}]
}

function quantiles(name, values) {
  return values.map((value) => ({
    expr: `histogram_quantile(${value}, sum by (le) (rate(pipelock_${name}_bucket{}[$__rate_interval])))`,
    legend: `p${value * 100}`,
  }))
}

function handshakes() {
  const expr =
    'histogram_quantile(0.99, sum by (le, side) (rate(pipelock_tls_handshake_duration_seconds_bucket{}[$__rate_interval])))'
  return {expr, legend: '{{side}}'}
}

function share(part) {
  return `${part} / sum(rate(pipelock_requests_total{}[$__rate_interval]))`
}

function byInstance(name) {
  return {expr: `sum by (instance) (pipelock_${name}{})`, legend: '{{instance}}'}
}

const SELECTED = 'job="pipelock",instance=~"$instance"'
const DATA_SOURCE = {type: 'prometheus', uid: '${datasource}'}

/** `{}` and the end of `{a="b",}` become the chosen instances. */
function selected(expr) {
  return expr.replaceAll('{}', `{${SELECTED}}`).replaceAll(',}', `,${SELECTED}}`)
}

export function dashboard() {
  const panels = []
  let y = 0
  for (const {title, panels: own} of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: {x: 0, y, w: COLUMNS, h: 1},
    })
    y++
    const isStats = own.every(({type}) => type === 'stat')
    const [perRow, h] = isStats ? [6, STAT_HEIGHT] : [3, PANEL_HEIGHT]
    const w = COLUMNS / perRow
    own.forEach((panel, i) => {
      const {targets, ...rest} = panel
      panels.push({
        id: panels.length + 1,
        ...rest,
        datasource: DATA_SOURCE,
        gridPos: {x: (i % perRow) * w, y: y + Math.floor(i / perRow) * h, w, h},
        targets: targets.map(({expr, legend}, index) => ({
          refId: String.fromCharCode(65 + index),
          datasource: DATA_SOURCE,
          expr: selected(expr),
          legendFormat: legend,
        })),
      })
    })
    y += Math.ceil(own.length / perRow) * h
  }
  return `${JSON.stringify(
    {
      title: 'Pipelock',
      uid: 'pipelock',
      tags: ['pipelock'],
      schemaVersion: 39,
      version: 1,
      editable: true,
      refresh: '30s',
      time: {from: 'now-3h', to: 'now'},
      templating: {
        list: [
          {name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus'},
          {
            name: 'instance',
            label: 'Firewall',
            type: 'query',
            datasource: DATA_SOURCE,
            query: {query: 'label_values(pipelock_info{job="pipelock"}, instance)', refId: 'instance'},
            refresh: 2,
            multi: true,
            includeAll: true,
            allValue: '.*',
            current: {text: 'All', value: '$__all'},
          },
        ],
      },
      annotations: {
        list: [
          {
            name: 'Reloads',
            enable: true,
            iconColor: 'blue',
            datasource: DATA_SOURCE,
            expr: selected('changes(pipelock_config_reloads_total{}[1m]) > 0'),
            titleFormat: 'Reload: {{status}}',
          },
        ],
      },
      panels,
    },
    null,
    2,
  )}\n`
}
