// A completion script for fish, from the commands and topics that oclif knows.
import type {Interfaces} from './oclif.js'

type Known = Pick<Interfaces.Config, 'bin' | 'commands' | 'topics'>

export function fishCompletion({bin, commands, topics}: Known): string {
  const shown = commands.filter(({hidden}) => !hidden).sort((a, b) => (a.id < b.id ? -1 : 1))
  const summaries = new Map([
    ...topics.map(({name, description = ''}) => [name, description] as const),
    ...shown.map(({id, summary, description = ''}) => [id, summary ?? description] as const),
  ])
  const ids = new Set(shown.flatMap(({id}) => id.split(':').map((_, i, all) => all.slice(0, i + 1).join(':'))))
  return [
    HELPERS.replaceAll('BIN', bin),
    ...[...ids].map((id) => word(bin, id, summaries.get(id) ?? '')),
    ...shown.flatMap((command) => parameters(bin, command)),
    '',
  ].join('\n')
}

/** A word that follows an option with a value counts as a word of the command: fish does not know the options yet. */
const HELPERS = `# Completion for BIN
function __BIN_words
    set -l words (commandline -opc)
    string match -v -- '-*' $words[2..-1]
end
# the words so far are exactly these
function __BIN_at
    set -l words (__BIN_words)
    test "$words" = "$argv"
end
# the words so far begin with these
function __BIN_in
    set -l words (__BIN_words)
    string match -q -- "$argv *" "$words "
end
complete -c BIN -f
complete -c BIN -s h -l help -d 'Show help'`

function word(bin: string, id: string, summary: string): string {
  const before = id.split(':')
  const last = before.pop() ?? ''
  return complete(bin, `__${bin}_at`, before, [`-a ${quoted(last)}`], summary)
}

function parameters(bin: string, command: Interfaces.Config['commands'][number]): readonly string[] {
  const {id, flags, args} = command
  const words = id.split(':')
  const lines = Object.values(flags)
    .filter(({hidden}) => !hidden)
    .map((flag) => {
      const short = flag.char === undefined ? [] : [`-s ${flag.char}`]
      const value =
        flag.type === 'boolean' ? [] : flag.options ? [`-x -a ${quoted(flag.options.join(' '))}`] : ['-r -F']
      return complete(bin, `__${bin}_in`, words, [...short, `-l ${flag.name}`, ...value], flag.description ?? '')
    })
  const files = Object.keys(args).length > 0 ? [complete(bin, `__${bin}_in`, words, ['-F'], '')] : []
  return [...files, ...lines]
}

function complete(
  bin: string,
  test: string,
  words: readonly string[],
  parts: readonly string[],
  description: string,
): string {
  const [line = ''] = description.split('\n')
  const text = line === '' ? [] : [`-d ${quoted(line)}`]
  return [`complete -c ${bin} -n ${quoted([test, ...words].join(' '))}`, ...parts, ...text].join(' ')
}

/** In single quotes fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
