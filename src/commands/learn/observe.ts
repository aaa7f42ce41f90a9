// learn observe: the firewall as `run` starts it, with captures on (learn §3). Scanning and blocking are unchanged.
import {isAbsolute} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {uuidv7} from '../../lib/uuid.js'
import {Flags, PipelockCommand} from '../base.js'

export default class LearnObserve extends PipelockCommand {
  static override summary = 'Run the firewall and record what is decided, for learn compile'
  static override examples = [
    'pipelock learn observe --config pipelock.yaml --capture-dir /var/lib/pipelock/captures',
    'pipelock learn observe --capture-dir /var/lib/pipelock/captures --capture-escrow-public-key "$(cat escrow.pub)"',
  ]
  static override flags = {
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
    'capture-dir': Flags.string({
      helpValue: 'DIR',
      description: 'absolute path of the captures; default: learn.capture_dir',
    }),
    'capture-escrow-public-key': Flags.string({
      helpValue: 'HEX',
      description: 'X25519 key that whole inputs are sealed to, in files beside the captures',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnObserve)
    const {chooseSource} = await import('../../host/choose-source.js')
    const {loadSource} = await import('../../host/config/load.js')
    const {serve} = await import('../../host/serve.js')
    const {source, origin} = chooseSource(flags.config, this.ports)
    const given = flags['capture-dir']?.trim()
    const directory = given ?? (await loadSource(source)).config.learn.capture_dir
    if (directory === '') {
      throw new PipelockError('usage', 'no directory for captures', {
        hint: 'give --capture-dir or set learn.capture_dir',
      })
    }
    if (!isAbsolute(directory)) {
      // evidence must not depend on where the program was started
      throw new PipelockError('usage', `the capture directory ${directory} is not an absolute path`)
    }
    const escrow = flags['capture-escrow-public-key']
    if (escrow !== undefined) {
      const {escrowPublicKey} = await import('../../core/escrow-key.js')
      escrowPublicKey('--capture-escrow-public-key', escrow)
    }
    const session = uuidv7(this.ports.clock.now(), this.ports.random(10))
    await serve({
      source,
      origin,
      overrides: {captureDir: directory, ...(escrow === undefined ? {} : {captureEscrowPublicKey: escrow})},
      ports: this.ports,
      stopAfterMs: 0,
      captureDir: directory,
      say: (line) => this.progress(line),
      ready: () => this.write(`observation session started: session_id=${session} capture_dir=${directory}`),
      exitNow: (code) => this.exitNow(code),
    })
    this.progress(JSON.stringify({event: 'learn_observe', capture_dir: directory, session_id: session, noop: false}))
  }
}
