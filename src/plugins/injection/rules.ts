// The injection rules as data, in the notation of phrase.ts. Each phrase is judged on its own; `check` names a
// condition on what stands around a hit that no expression can say.

import {EXTENDED_RULES} from './extended-rules.js'
import {FORGED_TURNS} from './forged-turns.js'
import {GRAMMAR_RULES} from './grammar-rules.js'
import {LANGUAGE_RULES} from './languages.js'
import {rule, type InjectionRule} from './rule.js'
import {CREDENTIAL, DOWNGRADE, MAIL_ADDRESS, WEB_ADDRESS} from './slots.js'

const core = {core: true} as const
const mentionable = {mentionable: true} as const

const OVERRIDE = 'ignore|disregard|forget|abandon'
const EARLIER = 'previous|prior|above|earlier'
const ROLES = '"DAN"|evil|unrestricted|jailbroken|unfiltered'
const MODAL = 'now|must|will|should|shall|are|have|can|may'
const IMPERATIVE =
  'please|ignore|disregard|forget|obey|comply|do (not|as|what|whatever|exactly|this|the)|print|output|send|call|run|execute|reply|respond|reveal'

/** In capitals and behind a sentence, whatever is ordered speaks for the system. */
const ORDERED =
  'transfer|delete|open|visit|fetch|upload|download|forward|email|post!|share|copy|collect|gather|write|append|insert|include|' +
  'use|click|navigate|follow|answer|say|tell|recommend|approve|accept|grant|create|install|modify|change|remember|store|save|' +
  'stop|start|act|pretend|become|update|disable|enable|treat|consider|report|override|bypass|return|provide|give|list|repeat|' +
  'show|display|summarize|translate|end|from now on|all (W )?(instructions|rules)|the user|your (W )?(task|instructions|role|goal)|new (W )?(instructions|task|rules|role)'

/** What makes the text after a role header prose addressed to the model. */
const ADDRESSED = [`(${IMPERATIVE})`, `=60(you (${MODAL})|(the|this|your) user)`, '=30(directive|override|instruction)']
const ROLE_HEADERS = [
  '^system:',
  '«0[<¦(?:^|\\n|[.!?]\\s)[ \\t>*]*[\\[<]»system«[\\]>][: \\t]*»',
  '«0#¦(?:^|\\n)[ \\t]*#{1,6}[ \\t]*»system«[ \\t]*:?[ \\t]*\\n\\s*»',
  '«(?:^|\\n|[.!?]\\s)[ \\t>*]*»system (message|prompt|notice|note|notification|update|alert|directive|override|' +
    'command|announcement|instruction|administrator)( W)?:',
]

/** A mode is an attack where its reader is put into it; programs have modes of the same names. */
const SWITCHED =
  "you are|you're|enter|entering|switch to|switching to|respond in|answer in|reply in|act in|operate in|activate|go into|turn on"

const TRANSFER =
  'send|provide|paste|return|supply|submit|share|hand|give!|forward|transmit|reveal|disclose|include|leak!|expose|dump|' +
  'email|upload|post!'
/** Persons, chats, replies and addresses; "to the server" is where documentation sends things. */
const TO_US =
  'back to (me|us)|(to|with) (me|us)|in your (reply|response|message|answer|output)|in (this|the) (chat|conversation|thread|reply)|' +
  'to this (chat|thread|agent|address|url|link|number)|to the (following|url|link|address)|to following'
const DIRECTION = `${TO_US}|to (${WEB_ADDRESS}|${MAIL_ADDRESS})|so (that )?(i|we) can`

const KEY_FILES = '(`.ssh/id_rsa`|`.ssh/id_ed25519`|`.aws/credentials`|`/etc/passwd`|`/etc/shadow`)«(?:$|[^\\w.\\-])»'
const KEY_FILES_BUT_PASSWD = KEY_FILES.replace('`/etc/passwd`|', '')
const ANY_SECRET_FILE =
  '(`.ssh/`|`/etc/passwd`|`/etc/shadow`|`.aws/credentials`|`.env`|`.npmrc`|`.pypirc`|`.netrc`|kubeconfig)'
const COMMAND_POSITION = '(«(?:^|[;|&`({"\\n]|\\$\\()\\s*»|(run|execute|type|command|exec)«[:\\s`"]+»)(sudo )?'
const PATH_TOKENS = '«450¦\\s+(?:[\\-/~$.0-9"\'][^\\s]{0,60}\\s+){0,6}?[^\\s]{0,80}?»'
const CLAUSE_START = '(«(?:^|\\n|[.!?:,]\\s)\\s*»|(must|should|please|first|always|then|and) )'
const OUTPUT_CUE =
  `(send|forward|transmit|share|email|exfiltrate|leak) (it|them|(the |its )?contents|(the )?result)|` +
  `(send|forward|transmit|share|email|exfiltrate|leak|upload|post)~60(${TO_US}|to ${WEB_ADDRESS}|to ${MAIL_ADDRESS})|` +
  `(paste|return|report|dump|print|display|upload|post) (it|them|(the |its |their |all )?contents)|` +
  '`| base64`|`|base64`|in your (response|reply|answer|message)'

const SECRET_WORDS =
  'password|passwords|token|tokens|secret|secrets|credential|credentials|private key|api key|api keys'
const KEEP = 'save|store|remember|retain|persist|record|cache'
const KEPT_FOR =
  'for future|for later|across sessions|across session|next session|next time|for all future|subsequent|permanently|' +
  'from now on|going forward|in all future'
const INSTRUCTION_LIKE =
  'rule|rules|preference|preferences|instruction|instructions|policy|policies|behaviour|behavior|persona|directive|' +
  'directives|guideline|guidelines|step|steps'
const COVERTLY = '(secretly|silently|covertly|quietly|without (the user )?(knowing|noticing|seeing)),'

const OVERRIDE_ES = 'ignora|omite|olvida|desobedece|descarta'
const EARLIER_ES = 'anteriores|previas|precedentes|de arriba'
const RULES_ES = 'instrucciones|indicaciones|directivas|reglas'
const RULES_EN = 'instructions|prompts|rules|context|directives|constraints|policies|guardrails'

const ZH_EARLIER = '之前|以上|上述|以前|上面|先前|前面'
const ZH_RULES = '指令|指示|说明|說明|规则|規則|命令|提示|约束|約束|限制'
const ZH_IGNORE = '忽略|无视|無視|忽视|忽視|不理|不要遵循|不要遵守|放弃|放棄|跳过|跳過'

const GENERAL: readonly InjectionRule[] = [
  rule('Prompt Injection', [`(${OVERRIDE})_((all_of_W|all_W|W_all|all|W)_)?(${EARLIER})_(W_)?(${RULES_EN})`], {
    ...core,
    ...mentionable,
  }),
  rule(
    'System Override',
    [
      ...ROLE_HEADERS.flatMap((header) =>
        ADDRESSED.map((addressed) => ({text: header + addressed, check: 'role_line'}) as const),
      ),
      ...[`(${IMPERATIVE})`, '=60you (now|must|will|shall|should)'].map(
        (addressed) => ({text: `system:${addressed}`, check: 'header'}) as const,
      ),
      {text: `"SYSTEM":(${ORDERED})`, check: 'header'},
    ],
    core,
  ),
  rule(
    'Role Override',
    [
      `you are (now )?((a|an) )?(${ROLES})`,
      `you're (now )?((a|an) )?(${ROLES})`,
      `(act as|pretend to be|roleplay as|role-play as|pretend you are) ((a|an) )?(${ROLES})`,
      '"DAN" stands for',
    ],
    {...core, ...mentionable},
  ),
  rule(
    'New Instructions',
    [
      '(system|developer|administrator|admin)( (message|prompt|instruction|directive))?%(new|updated|revised) (instructions|directives|rules|prompt)',
      '(new|updated|revised) (instructions|directives|rules|prompt)%(you )?(must|should|will|need to|are to|follow|obey|execute|apply|override|replace|supersede|ignore|disregard|forget|abandon)',
    ],
    mentionable,
  ),
  rule(
    'Jailbreak Attempt',
    [
      '(act|acting|answer|answering|respond|reply|behave|pose|play|roleplay|role-play|speak|continue|work) as "DAN"',
      '(you are|you\'re|become|pretend to be|simulate|emulate|impersonate|activate|enable|unleash|be) (now )?(the |a )?"DAN"',
      '"DAN" (mode|prompt|jailbreak|persona|can do|has no|does not|is free|must|never|will)',
      `(${SWITCHED})( now)?( in| into)?( the| a| an)? (sudo|unrestricted|jailbreak) mode`,
      '(sudo|unrestricted|jailbreak) mode( is)?( now)? (enabled|activated|active|on|engaged)',
      {
        text: `(${SWITCHED})( now)?( in| into)?( the| a)? developer mode`,
        check: 'device',
      },
      {text: 'developer mode( is)?( now)? (enabled|activated|active|on)', check: 'device'},
    ],
    mentionable,
  ),
  rule(
    'Hidden Instruction',
    [
      "(do not|don't|never) (reveal|tell|show|display|mention) this to the user",
      'hidden (instruction|instructions)%',
      '(this|these|following|above|below) (text|paragraph|message|section|note|instruction|instructions|comment|line|block|part|sentence|passage)~20invisible to (the )?user',
      "the user (cannot|can't|must not|mustn't|should not|shouldn't) see this",
    ],
    core,
  ),
  rule(
    'Behavior Override',
    ['from now on,you (will|must|should|shall)', {text: 'from now on,(will|must|should|shall)', check: 'order'}],
    mentionable,
  ),
  rule('Encoded Payload', [
    'decode (this|the following)( W)?( from)?( base64)? and (then )?(execute|run|follow)',
    'base64-decode~60(then|and) (run|execute|follow)',
    '«\\b»`eval`«[\\s.\\-]*»`(`«[\\s.\\-]*»`atob`«[\\s.\\-]*»`(`',
    'base64«8¦\\s+(?:-d|-D|--decode)\\s*»`|`«8¦\\s*(?:sudo\\s+)?»(sh|bash|zsh|dash|python|python3|node|perl)',
  ]),
  rule(
    'Tool Invocation',
    [
      {
        text: 'you must (W )?(call|execute|run|invoke) (the|this|a) (W )?(function|tool|command|api|endpoint)',
        check: 'invocation',
      },
    ],
    mentionable,
  ),
  rule(
    'Authority Escalation',
    [
      'you (now )?have (full )?(admin|administrator|root|system|superuser|elevated) (access|privileges|permissions|rights)',
    ],
    mentionable,
  ),
  rule('Instruction Downgrade', [DOWNGRADE], mentionable),
  rule(
    'Instruction Dismissal',
    [
      '(set|put) (the )?(previous|prior|above|earlier|system|original) (W )?' +
        '(instruction|instructions|directives|rules|constraints|context|prompt|safeguards|guidelines|policies|guardrails) ' +
        '(aside|away|to one side|to the side)',
    ],
    mentionable,
  ),
  rule(
    'Priority Override',
    [
      '(prioritize|prioritise) (the )?(task|user|current|new|latest) (request|message|input|instruction|instructions|prompt)',
    ],
    mentionable,
  ),
  rule(
    'Credential Solicitation',
    [
      {text: `(${TRANSFER})~40(${CREDENTIAL})~40(${DIRECTION})`, check: 'order'},
      {text: `(${TRANSFER})~40(${DIRECTION})~40(${CREDENTIAL})`, check: 'order'},
      {text: `(${CREDENTIAL})~40(${TRANSFER})~40(${DIRECTION})`, check: 'transfer'},
    ],
    core,
  ),
  rule(
    'Credential Path Directive',
    [
      {
        text: `${COMMAND_POSITION}(cat|less|more|head|tail|base64|xxd)${PATH_TOKENS}${KEY_FILES}`,
        check: 'key_file',
      },
      {text: `${CLAUSE_START}(fetch|retrieve|extract)…80${KEY_FILES}`, check: 'key_file'},
      {text: `${CLAUSE_START}read…80${KEY_FILES_BUT_PASSWD}`, check: 'key_file'},
      `dd«84¦\\s+if=[^\\n]{0,80}?»${KEY_FILES}`,
      `curl«166¦[^\\n]{0,80}?file:[^\\n]{0,80}?»${KEY_FILES}`,
      `openssl«166¦[^\\n]{0,80}?\\s-in[^\\n]{0,80}?»${KEY_FILES}`,
      {
        text: `(read|get|fetch|retrieve|cat|copy|extract|open|include)~80${ANY_SECRET_FILE}~160(${OUTPUT_CUE})`,
        check: 'key_file',
      },
    ],
    core,
  ),
  rule('Auth Material Requirement', [
    'to (complete|continue|finish|proceed|verify)~40(authentication|credential|token|api key|private key|ssh key)~40' +
      '(required|needed|necessary|must be)…80(provide|enter|paste|type|submit|include|share|supply|send|give!|hand|reply with) (it|them|this|that|one|yours|here)',
    'to (complete|continue|finish|proceed|verify)~40(authentication|credential|token|api key|private key|ssh key)~40' +
      `(required|needed|necessary|must be)…80(provide|enter|paste|type|submit|include|share|supply|send|give!|hand|reply with)~40(${TO_US})`,
  ]),
  rule('Memory Persistence Directive', [
    `(${KEEP})~40(this|these|that|it|the)~30(${INSTRUCTION_LIKE})~60(${KEPT_FOR})`,
    `(remember|retain|persist) (this|it|these) (${KEPT_FOR})`,
    `(you|assistant|agent|model) (must|should|shall|will|always|need to) (${KEEP})~40(this|these|that|it|the)~60(${KEPT_FOR})`,
  ]),
  rule('Preference Poisoning', [
    '(from now on|always|going forward|in future)~80(prefer|prioritize|trust|choose|use|default to)~60(this tool|that tool|my tool|the external|the remote)',
    '(from now on|always|going forward|in future)~80(prefer|prioritize|trust|choose|use|default to)~60instead of (the )?(built-in|default) (tool|tools|search|browser|function)',
    '"PREFERRED TOOL"',
  ]),
  rule('Silent Credential Handling', [
    {
      text: `(do not|don't|never) (mention|display|show|tell|reveal|log|report)~100(${SECRET_WORDS})~60(user|operator|owner|anyone|copied|sent|used|forwarded|transferred|transfer)`,
      check: 'concealment',
    },
    {
      text: `(do not|don't|never) (mention|display|show|tell|reveal|log|report)~60(user|operator|owner|anyone|copied|sent|used|forwarded)~60(${SECRET_WORDS})`,
      check: 'concealment',
    },
    {
      text: `(do not|don't|never) (mention|display|show|tell|reveal|log|report)~100(${SECRET_WORDS})`,
      informational: true,
    },
  ]),
  rule(
    'Covert Action Directive',
    [
      {
        text: `${COVERTLY}~40(execute|run!|call!|invoke|send|fetch|curl|wget|download|upload|post!|exfiltrat*|leak!|stream|transmit|relay|forward|smuggle)`,
        check: 'covert',
      },
      {
        text: `${COVERTLY}~40(executes|executed|executing|runs|running|calls|calling|sends|sending|fetches|downloads|downloading|uploads|uploading|posts|leaks|streams|transmits|relays|forwards)`,
        informational: true,
      },
    ],
    core,
  ),
  rule(
    'Instruction Boundary',
    [
      {
        text: '`<|endoftext|>`|`<|im_start|>`|`<|im_end|>`|`<|system|>`|`<|user|>`|`<|assistant|>`|`<|end_header_id|>`|`<|begin_of_text|>`|`[INST]`|`[/INST]`|`<<SYS>>`|`<</SYS>>`|`<|start_header_id|>`|`<|eot_id|>`|`<|endofprompt|>`|`<start_of_turn>`|`<end_of_turn>`|`<|channel|>`|`<|message|>`',
        check: 'tokenizer',
      },
    ],
    core,
  ),
  rule('Spanish Instruction Override', [`(${OVERRIDE_ES})…30(${RULES_ES})…30(${EARLIER_ES})`], mentionable),
  rule(
    'Spanish System Prompt Disclosure',
    ['(muestra|revela|imprime|expone|dime)…40(prompt|mensaje) ((del|de) )?sistema'],
    mentionable,
  ),
  rule(
    'Cross-Lingual Instruction Override',
    [`(${OVERRIDE}|${OVERRIDE_ES})~40(${EARLIER}|${EARLIER_ES})~40(${RULES_EN}|${RULES_ES})`],
    mentionable,
  ),
  rule(
    'Cross-Lingual System Prompt Disclosure',
    [
      '(show|reveal|print|display|dump|muestra|revela|imprime|expone|dime)~40(system prompt|prompt (del )?sistema|mensaje (del )?sistema)',
    ],
    mentionable,
  ),
  rule(
    'CJK Instruction Override ZH',
    [
      `(${ZH_IGNORE})…10(${ZH_EARLIER})…8((所有|全部|一切)…6)?(${ZH_RULES})`,
      `(把|将|將)…6(${ZH_EARLIER})…8(${ZH_RULES})…4(${ZH_IGNORE})`,
    ],
    mentionable,
  ),
  rule(
    'CJK Instruction Override JP',
    ['(以前|前|上記|これまで|今まで)…6(指示|命令|ルール|規則|指令)…6((すべて|全て|全部)…4)?(無視|忘れ|従わな|捨て)'],
    mentionable,
  ),
  rule(
    'CJK Instruction Override KR',
    ['(이전|위|앞|기존)…6(모든…2)?(지시|지침|명령|규칙|지령)…6(무시|잊어|따르지|어기|무효)'],
    mentionable,
  ),
  rule(
    'CJK Jailbreak Mode',
    [
      {
        text: '开发者模式|開發者模式|无限制模式|無限制模式|開発者モード|制限なしモード|개발자 모드|제한 없는 모드|没有(任何)?限制|沒有(任何)?限制|制限…4(解除|無視)|제한…4(해제|무시)',
        check: 'device',
      },
    ],
    mentionable,
  ),
]

export const RULES: readonly InjectionRule[] = [
  ...GENERAL,
  ...EXTENDED_RULES,
  ...LANGUAGE_RULES,
  ...GRAMMAR_RULES,
  ...FORGED_TURNS,
]
