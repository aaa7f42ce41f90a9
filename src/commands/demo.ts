// pipelock demo: the guided first run. The steps live in cli/demo; this command parses, prints progress, and ends it
// on an interrupt.
import {Flags, PipelockCommand} from '../cli/base.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export default class Demo extends PipelockCommand {
  static override summary = 'Show on this machine what the firewall does, from the first block to an enforced contract'
  static override description =
    'Starts an origin and the firewall on loopback, sends ordinary and hostile traffic, learns a contract from it and enforces it, and verifies the receipts. Takes a few seconds, needs no network, and keeps its files. Exits with 1 when a step does not end as expected.'
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --dir ./pipelock-demo']
  static override flags = {
    dir: Flags.string({
      helpValue: 'DIR',
      description: 'empty or new directory for the files; default: a new one in the temporary directory',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Demo)
    const [{runDemo}, narration] = await Promise.all([import('../cli/demo/run.js'), import('../cli/demo/narrate.js')])
    const tell = (text: string): void => {
      if (!this.jsonEnabled()) this.write(text)
    }
    const interrupt = new AbortController()
    // a second signal means that stopping takes too long
    const onSignal = (): void => (interrupt.signal.aborted ? this.exitNow(1) : interrupt.abort())
    for (const signal of SIGNALS) process.on(signal, onSignal)
    try {
      tell(narration.openingText())
      const report = await runDemo({
        directory: flags.dir,
        ports: this.ports,
        signal: interrupt.signal,
        begins: (step, number, of) => tell(narration.introductionText(step, number, of)),
        ended: (step) => tell(narration.outcomeText(step)),
      })
      this.finish(report, () => narration.closingText(report), report.ok ? 0 : 1)
    } finally {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    }
  }
}
