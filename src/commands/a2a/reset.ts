// pipelock a2a reset: forgets an agent card, so that the next one is trusted.
import {PipelockError} from '../../core/errors.js'
import {Args, PipelockCommand} from '../../cli/base.js'

export default class A2aReset extends PipelockCommand {
  static override summary = 'Forget an agent card, so that the next one is trusted'
  static override description =
    'Review the changes first: pipelock a2a cards --changed. A running firewall with the same state root takes it at once.'
  static override examples = ['pipelock a2a reset https://agent.example.com/.well-known/agent-card.json']
  static override args = {
    url: Args.string({required: true, description: 'the card, as `pipelock a2a cards` names it'}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(A2aReset)
    const agents = await this.tools('a2a')
    const count = agents.resetCard(args.url)
    if (count === 0) {
      throw new PipelockError('file_not_found', `no card of ${args.url} is known`, {
        hint: 'pipelock a2a cards lists them; --home names the state root of the firewall',
      })
    }
    this.finish({url: args.url, reset: count}, () => `forgotten: the next card of ${args.url} is trusted`)
  }
}
