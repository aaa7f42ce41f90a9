// The next command at the end of a command, at a real terminal: script (Debian: bsdutils) holds the other end of a
// pseudo-terminal, and one shell runs all commands in it.
import {spawnSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {Log, testKey, withFolder} from '../support/evidence.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const entry = join(root, 'bin/run.js')

/** Commands after which nothing has to be typed, each with the reason. */
const WITHOUT: Readonly<Record<string, string>> = {
  'a2a/reset': 'the next card is trusted by the firewall itself',
  'autocomplete/fish': 'prints a script',
  'config/schema': 'prints a document',
  demo: 'its last page lists the commands that continue with its files',
  'evidence/escrow-open': 'prints a plaintext',
  'evidence/verify-export': 'a verdict is the end of an export',
  explain: 'shows the setting that would change the verdict',
  healthcheck: 'a probe',
  'kill-switch/off': 'traffic passes: nothing is left to do',
  'kill-switch/on': 'an operator decides when traffic may pass again',
  'kill-switch/status': 'a state to read',
  'learn/diff': 'a comparison to read',
  'policy/replay': 'a report to read',
  run: 'runs until it is stopped',
  'signing/recovery/verify': 'a verdict of a ceremony, whose next step people take',
  'signing/roster/show': 'prints a document',
  'signing/transition/verify': 'a verdict of a ceremony, whose next step people take',
  'tls/init': 'its result has the next steps, of which one is a setting',
  'tls/install-ca': 'the next step is a setting',
  'tls/show-ca': 'prints a document',
  'tls/uninstall-ca': 'nothing has to follow',
  verify: 'a verdict',
  version: 'prints one line',
}

test('commands: each names the next command, or the table says why there is none', () => {
  const folder = join(root, 'src/commands')
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.slice(0, -3))
  const silent = names.filter((name) => !readFileSync(join(folder, `${name}.ts`), 'utf8').includes('this.next('))
  expect(silent.sort()).toEqual(Object.keys(WITHOUT).sort())
})

const signer = testKey('next step')

/** Command line, and the next one that it names; undefined where it names none. */
const ROWS: readonly (readonly [command: string, next: RegExp | undefined])[] = [
  [
    'keygen coder',
    /^signing roster build --root ROOT\.json .*id=coder,key=\S+\/id_ed25519\.pub,purpose=contract-compile-signing$/,
  ],
  [
    'signing key generate --purpose roster-root --id root --out $PWD/root.json',
    /^signing roster build --root \S+\/root\.json /,
  ],
  [
    'signing key generate --purpose contract-activation-signing --id anna --out $PWD/anna.json',
    /purpose=contract-activation-signing,role=PERSON$/,
  ],
  [
    'signing key generate --purpose receipt-signing --id receipts --out $PWD/receipts.json',
    /id=receipts,key=\S+\/receipts\.json,purpose=receipt-signing$/,
  ],
  [
    'signing key export-public --key-file receipts.json --out $PWD/receipts.pub',
    /^integrity verify EVIDENCE --key \S+\/receipts\.pub$/,
  ],
  ['signing pubkey --key-file receipts.json', /^integrity verify EVIDENCE --key [0-9a-f]{64}$/],
  [
    'signing roster build --root root.json --out $PWD/roster.json --include id=anna,key=anna.json,purpose=contract-activation-signing,role=anna',
    /^signing roster verify --path \S+\/roster\.json --roster-root-fingerprint sha256:[0-9a-f]{64}$/,
  ],
  ['sign note.txt --agent coder', /^verify note\.txt --agent coder$/],
  ['trust friend home/agents/coder/id_ed25519.pub', /^verify FILE --agent friend$/],
  ['generate config --out made.yaml', /^check --config made\.yaml$/],
  ['check --config made.yaml', /^run --config made\.yaml$/],
  ['check --config made.yaml --url http://169.254.169.254/', /^explain --url URL --config made\.yaml$/],
  ['check --config made.yaml --text hello', /^explain --text TEXT --config made\.yaml$/],
  ['integrity init work', /^integrity check work$/],
  ['integrity check work', undefined],
  ['integrity check changed', /^integrity update changed$/],
  ['integrity update changed', /^integrity check changed$/],
  ['integrity verify evidence', /^report --evidence evidence --key KEY --html report\.html$/],
  ['integrity verify evidence --key signer.pub', /^report --evidence evidence --key signer\.pub --html report\.html$/],
  ['report --evidence evidence --key signer.pub', /^report --evidence evidence --key signer\.pub --html report\.html$/],
  [
    'report --evidence evidence --key signer.pub --html report.html',
    /^transcript-root --chain evidence --key signer\.pub$/,
  ],
  [
    'report --evidence evidence/evidence-proxy-0.jsonl --key signer.pub --html file.html',
    /^transcript-root evidence\/evidence-proxy-0\.jsonl --key signer\.pub$/,
  ],
  ['verify-receipt --chain evidence', /^verify-receipt --chain evidence --session proxy --key KEY$/],
  [
    'verify-receipt --chain evidence --key signer.pub',
    /^transcript-root --chain evidence --session proxy --key signer\.pub$/,
  ],
  ['verify-receipt --chain cut --key signer.pub', /^report --evidence cut --session proxy --key signer\.pub$/],
  [
    'transcript-root --chain evidence --key signer.pub',
    /^verify-receipt --chain evidence .* --expect-head ROOT-KEPT-ELSEWHERE$/,
  ],
  [
    'evidence anchor export --evidence evidence --key-file signer.key --origin log.example/proxy --out anchor',
    /^evidence anchor verify --anchor anchor --key log\.example\/proxy\+\S+$/,
  ],
  [
    'evidence anchor verify --anchor anchor --key signer.pub',
    /^evidence anchor verify --anchor anchor --key signer\.pub --previous KEPT-ELSEWHERE\/checkpoint$/,
  ],
  [
    'evidence export --chain evidence --format dsse --key-file signer.key --out out.jsonl',
    /^evidence verify-export out\.jsonl --key KEY$/,
  ],
  ['evidence verify-export out.jsonl --key signer.pub', undefined],
]

test('at a terminal, the last line of a command is the next one, and no log record is shown', {timeout: 240_000}, () =>
  withFolder((folder) => {
    for (const name of ['evidence', 'cut', 'work', 'changed']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'note.txt'), 'a note\n')
    writeFileSync(join(folder, 'signer.pub'), `${signer.public.hex}\n`)
    writeFileSync(join(folder, 'signer.key'), privateKeyFileText(signer), {mode: 0o600})
    const log = new Log(signer)
    for (let i = 0; i < 3; i++) log.receipt()
    log.root().checkpoint()
    writeFileSync(join(folder, 'evidence', 'evidence-proxy-0.jsonl'), log.text)
    writeFileSync(join(folder, 'cut', 'evidence-proxy-0.jsonl'), log.text.replace('"chain_seq":1', '"chain_seq":9'))
    const shown = runAtTerminal(
      folder,
      ROWS.map(([command]) => command),
    )
    ROWS.forEach(([command, next], i) => {
      const text = shown[i] ?? ''
      const line = /^next: pipelock (.*)$/m.exec(text)?.[1]
      if (next === undefined) expect(line, text).toBeUndefined()
      else expect(line ?? text).toMatch(next)
      expect(text, command).not.toContain('{"event":')
    })
  }),
)

/** Standard error of each command, in one terminal of 300 columns. */
function runAtTerminal(folder: string, commands: readonly string[]): readonly string[] {
  const lines = commands.map((command) => {
    const before =
      command === 'integrity check changed'
        ? `node "$ENTRY" integrity init changed >/dev/null 2>&1; echo x > changed/x; `
        : ''
    return `${before}echo "### " >&2; node "$ENTRY" ${command} > /dev/null`
  })
  writeFileSync(join(folder, 'session.sh'), ['stty cols 300', ...lines, ''].join('\n'))
  const {stdout} = spawnSync('script', ['-qec', 'sh session.sh', '/dev/null'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      PIPELOCK_HOME: join(folder, 'home'),
      ENTRY: entry,
      TERM: 'dumb',
    },
    encoding: 'utf8',
    timeout: 200_000,
  })
  return stdout.replaceAll('\r', '').split('### \n').slice(1)
}
