// The help of a command in oclif's layout, with a usage line that breaks between options, never inside one.
import {unknownCommand} from '../dist/cli/command-not-found.js'
import {CommandHelp, Help} from '../dist/cli/oclif.js'

class PipelockCommandHelp extends CommandHelp {
  usage() {
    const width = this.opts.maxWidth - 2 * this.indentSpacing
    const [head, ...lines] = super.usage().split('\n')
    const words = groups([head, ...lines].join(' ').replace(/\s+/g, ' '))
    const wrapped = ['']
    for (const word of words) {
      const line = wrapped.at(-1)
      if (line !== '' && `${line} ${word}`.length > width) wrapped.push(`  ${word}`)
      else wrapped[wrapped.length - 1] = line === '' ? word : `${line} ${word}`
    }
    return wrapped.join('\n')
  }
}

/** The words of a usage line; what stands in brackets, or a flag with its value, is one word. */
function groups(text) {
  const results = []
  let depth = 0
  for (const word of text.split(' ')) {
    const isValue = depth === 0 && /^-/.test(results.at(-1) ?? '') && !/^[-[]/.test(word)
    if (depth > 0 || isValue) results[results.length - 1] += ` ${word}`
    else results.push(word)
    depth += count(word, '[') - count(word, ']')
  }
  return results
}

function count(text, character) {
  return text.split(character).length - 1
}

export default class PipelockHelp extends Help {
  CommandHelpClass = PipelockCommandHelp

  /** Help of the command that the line begins with, whatever is behind it; else of the topic. */
  async showHelp(argv) {
    const line = argv.filter((word) => word !== '--help' && word !== '-h')
    for (let count = line.length; count > 0; count--) {
      const command = this.config.findCommand(line.slice(0, count).join(':'))
      if (command) return this.showCommandHelp(command)
    }
    const topic = this.config.findTopic(line.filter((word) => !word.startsWith('-')).join(':'))
    if (topic) return this.showTopicHelp(topic)
    throw unknownCommand(line, this.config).error
  }
}
