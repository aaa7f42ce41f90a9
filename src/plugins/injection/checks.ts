// Conditions on what stands around a hit, which no expression can say.
import type {InjectionOptions} from '../../core/services/injection.js'
import type {CheckName} from './rule.js'

export type Outcome = 'hit' | 'informational' | 'none'

const NEAR = 60
const DEVICES =
  /phone|browser|extension|setting|\busb\b|console|android|chrome|firefox|device|tablet|手机|手機|浏览器|瀏覽器|设置|設置|扩展|擴充|端末|ブラウザ|設定|拡張|スマホ|휴대폰|휴대전화|브라우저|설정|확장|기기/i
const ADVICE = /\byour\s+(?:\w+\s+)?(?:password|token|secret|credential|private key|api key)/i

const TOKENIZER = /tokeni[sz]er|special[ _-]tokens?|added_tokens|\bvocab|chat[ _-]template/i
const CODE_BEFORE = /["'`]\s*$/
const CODE_AFTER = /^\s*["'`]/
const PARAGRAPH = 400

const ORDER =
  /\b(?:you (?:must|should|have to|need to)|(?:now|immediately|please) (?:call|run|execute|invoke|issue|perform|output|emit|send)|(?:call|run|execute|invoke|issue|perform|emit|output|send) (?:this|it|the following)|before (?:you )?(?:answer|continu|reply|respond)|ignore)/i
const BEFORE_ENVELOPE = 240

/** A role header inside a line: quoted, in a comment or an element, behind a sentence. In the name of a thing it is none. */
const HEADER =
  /(?:(?:^|[\s([>=:,])["'`\u201c\u2018\u201e\u00ab]{1,3}|[.!?]\s|(?:^|\n)[ \t]*(?:[*#;%]{1,4}|\/\/|--|<!--)|>)[ \t]*system[ \t]*:/i
const BEFORE_HEADER = 12

const CALLERS: ReadonlySet<InjectionOptions['source']> = new Set(['request_body', 'mcp_input', 'url'])

export function around(
  check: CheckName | undefined,
  text: string,
  start: number,
  end: number,
  options: InjectionOptions,
): Outcome {
  switch (check) {
    case undefined:
      return 'hit'
    case 'device':
      return DEVICES.test(text.slice(Math.max(0, start - NEAR), end + NEAR)) ? 'none' : 'hit'
    case 'concealment': {
      // "never show your password to anyone" advises its reader
      const span = text.slice(start, end)
      return /anyone$/i.test(span) && ADVICE.test(span) ? 'informational' : 'hit'
    }
    case 'tokenizer': {
      // a vocabulary or its documentation names the tokens, each a string of its own; no model is given it as a turn
      if (options.source !== 'http_response' || options.hidden === true) return 'hit'
      const quoted =
        CODE_BEFORE.test(text.slice(Math.max(0, start - 8), start)) && CODE_AFTER.test(text.slice(end, end + 8))
      const topic = TOKENIZER.test(text.slice(Math.max(0, start - PARAGRAPH), end + PARAGRAPH))
      return quoted && topic ? 'informational' : 'hit'
    }
    case 'key_file':
      // the public half of a key is there to be shown
      return /^\.pub\b/.test(text.slice(end - 1, end + 4)) ? 'none' : 'hit'
    case 'header':
      return HEADER.test(text.slice(Math.max(0, start - BEFORE_HEADER), end)) ? 'hit' : 'none'
    case 'comment':
      // what follows a comment is not in it
      return text.slice(start, end).includes('-->') ? 'none' : 'hit'
    case 'envelope':
      // a client's own call, and the formats that a model is told to call in, go out every time
      if (CALLERS.has(options.source)) return 'none'
      // guides show such calls and models answer with them; in what a tool says, or where nobody reads, they are forged
      if ((options.source !== 'http_response' && options.source !== 'sse') || options.hidden === true) return 'hit'
      return ORDER.test(text.slice(Math.max(0, start - BEFORE_ENVELOPE), start)) ? 'hit' : 'informational'
  }
}
