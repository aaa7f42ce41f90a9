// Completion for fish, which the plugin behind `autocomplete` does not write.
import {fishCompletion} from '../../cli/fish-completion.js'
import {PipelockCommand} from '../../cli/base.js'

export default class AutocompleteFish extends PipelockCommand {
  static override summary = 'Print the completion script for fish'
  static override examples = ['pipelock autocomplete fish > ~/.config/fish/completions/pipelock.fish']

  async run(): Promise<void> {
    await this.parse(AutocompleteFish)
    const script = fishCompletion(this.config)
    this.finish({shell: 'fish', script}, () => script)
  }
}
