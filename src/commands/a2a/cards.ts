// pipelock a2a cards: lists the known agent cards and their changes.
import {quoted} from '../../lib/terminal.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {commandLine, fileWord} from '../../lib/shell-words.js'

export default class A2aCards extends PipelockCommand {
  static override summary = 'List the known agent cards and their changes'
  static override description =
    'A card is trusted on first use. A changed card is a finding until it is reset. Texts that hold a ' +
    'credential are not shown.'
  static override examples = ['pipelock a2a cards', 'pipelock a2a cards --changed --json']
  static override flags = {
    changed: Flags.boolean({description: 'only cards that changed'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(A2aCards)
    const agents = await this.tools('a2a')
    const cards = agents.cards().filter(({drift}) => !flags.changed || drift !== undefined)
    this.finish({cards}, () => {
      if (cards.length === 0) return flags.changed ? 'no cards changed' : 'no cards are known'
      return cards
        .flatMap(({url, principal, seenAt: since, drift}) => [
          `${drift === undefined ? 'known' : 'CHANGED'} ${quoted(url)} since ${since}${principal === '' ? '' : `, for the credentials ${principal}`}`,
          ...(drift?.changes ?? []).map(
            ({kind, of, change, before, after}) =>
              `  ${drift?.seenAt ?? ''} ${change}: ${kind}${of === '' ? '' : ` of ${quoted(of)}`}: ${quoted(before)} is now ${quoted(after)}`,
          ),
        ])
        .join('\n')
    })
    const changed = cards.find(({drift}) => drift !== undefined)
    if (changed) this.next(commandLine(`a2a reset ${fileWord(changed.url)}`))
  }
}
