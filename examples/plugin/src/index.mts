// A deny list of words: blocks requests and responses whose URL, headers or text bodies contain one of them.
// Types only are imported: the running plugin needs nothing but its own files.
import type {Exchange, Facts, Plugin, PluginFinding, PluginFindings, Unit} from 'pipelock/plugin'

interface DenyList {
  readonly words: readonly string[]
  readonly action: 'warn' | 'block'
}

interface Config {
  readonly deny_list: DenyList
}

interface State {
  matches: number
}

const MAX_BODY_BYTES = 1_048_576
const TEXT = /^text\/|[/+](?:json|xml|x-www-form-urlencoded)$/

function contains({deny_list}: Config, text: string): string | undefined {
  const lower = text.toLowerCase()
  return deny_list.words.find((word) => lower.includes(word.toLowerCase()))
}

/** The text of a unit: the target and fields of a head, the content of a body or an event. */
function textOf(x: Exchange, unit: Unit): string {
  if (unit.kind !== 'head') return TEXT.test(unit.mediaType) ? unit.bytes.toString('utf8') : ''
  const fields = unit.headers.map(([name, value]) => `${name}: ${value}`).join('\n')
  return unit.direction === 'request' ? `${x.target?.canonical ?? ''}\n${fields}` : fields
}

function without({config, finding}: Facts<Config>) {
  const {words} = config.deny_list
  const value = words.filter((word) => word !== finding.rule)
  if (value.length === words.length) return []
  return [{field: 'deny_list.words', value, says: `remove ${JSON.stringify(finding.rule)} from deny_list.words`}]
}

const plugin: Plugin<Config, State> = {
  apiVersion: 1,
  name: 'deny_list',

  schema: (z) => ({
    deny_list: z
      .strictObject({
        words: z
          .array(z.string().min(3))
          .max(1000)
          .default([])
          .describe('texts that must not pass')
          .meta({weaker: 'removed'}),
        action: z
          .enum(['warn', 'block'])
          .default('block')
          .meta({weaker: ['warn', 'block']}),
      })
      .prefault({}),
  }),

  state: () => ({matches: 0}),

  create(config, {state, warn}) {
    const {words, action} = config.deny_list
    if (words.length === 0) warn('deny_list.words', 'the list is empty, nothing is denied')
    const denied = (text: string): PluginFindings => {
      const rule = contains(config, text)
      if (rule === undefined) return []
      state.matches++
      return [{action, rule, detail: 'a text of the deny list', hint: 'deny_list.words'}]
    }
    const tooLong = (): PluginFinding => ({action: 'block', detail: 'longer than the deny list can inspect'})
    return {
      hooks: {
        requires: (_x, head) => (TEXT.test(head.mediaType) ? {maxBytes: MAX_BODY_BYTES, over: tooLong} : undefined),
        expects: () => true,
        inspect: (x, unit) => denied(textOf(x, unit)),
        watch: () => ({
          maxEventBytes: MAX_BODY_BYTES,
          feed: (event) => denied(event.bytes.toString('utf8')),
          unreadable: tooLong,
        }),
      },
      samples: () => [{name: 'matches_total', help: 'Texts of the deny list that were found', value: state.matches}],
    }
  },

  explain: {
    about: 'texts of an own list',
    surfaces: ['request', 'response'],
    off: ({deny_list}) => (deny_list.words.length === 0 ? 'deny_list.words: []' : undefined),
    loosen: without,
    stricter: 'deny_list.action',
  },
}

export default plugin
