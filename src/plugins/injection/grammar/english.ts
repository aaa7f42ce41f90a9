// English: the language of most attacks, with more shapes than the tables of other languages.
import type {LanguageTable} from './table.js'

const MODELS =
  'assistant|assistants|(ai|llm) (assistant|assistants|agent|agents|model|models|system|systems|bot|bots|reader|readers|crawler|crawlers|summarizer|tool|tools)|' +
  'language model|language models|chatbot|chatbots|copilot|llms'
const A_MODEL = `(an|a|the) (ai|llm|bot|agent|(W )?(W )?(${MODELS}))`

const NOUNS =
  'instruction|instructions|directive|directives|guidance|guideline|guidelines|prompt|prompts|order|orders|command|commands|' +
  'constraints|policies|guardrails|rules|context|messages|briefing|programming|training'
const LIMITS =
  'restrictions|restriction|limits|limitations|filters|filter|rules|guidelines|censorship|constraints|ethics|morals|morality|' +
  'safety|boundaries|guardrails|safeguards|policies|policy'

const BIDS =
  'call|execute|send|email|open|fetch|begin|name|load|pay|buy|serve|obey|list|set|turn|switch|leave|skip|avoid|upload|download|delete|visit|invoke|output|reveal|forward|print|ignore|disregard|forget|abandon|scrap|include|' +
  'navigate|go to|load|follow|reply|respond|answer|say|tell|write|append|insert|mention|recommend|rate|rank|prefer|choose|praise|' +
  'give|provide|share|submit|post!|collect|gather|copy|transfer|approve|accept|grant|install|change|remember|keep|note|quote|recite|translate|show|' +
  'store|save|stop|pretend|become|act as|play|disable|enable|treat|consider|put|drop!|make|get|ask|request|demand|stay|' +
  'run!|use!|do (not|this|that|what)|never|always|you (are|must|should|will|have|may|need)|your|must|should|shall|please|this message|from now on|if (someone|somebody|anyone|asked)|when (someone|somebody|anyone|asked)|no longer|there is no need|management|' +
  'add|append|register|record|confirm|proceed|continue|mark|merge|approve|embed|place|present|promote|describe|summarize|summarise|log|report|reset|switch|adopt|assume|speak|talk|act|behave|sign|schedule|cancel|book|update|modify|remove|hide|conceal|withhold|encode|attach|lower|raise|score|reject|accept|trust|paste|click|browse|read|search|look up|be sure|make sure|kindly|first|also'

export const ENGLISH: LanguageTable = {
  language: 'English',
  adjectiveFirst: true,
  folded: true,
  drop:
    'ignore|disregard|forget|abandon|discard|dismiss|neglect|overlook|stop (following|obeying|applying|using)|' +
    "(do not|don't|no longer|never) (follow|obey|honor|honour|comply with|adhere to|listen to|act on|pay attention to)|set aside|" +
    'throw (away|out)|pay no (attention|heed) to|let go of|be done with|cease (following|obeying)|deviate from|break free from',
  instructions: NOUNS,
  earlier: 'previous|prior|above|earlier|preceding|former|original|initial|foregoing|system|other instructions and',
  yours:
    'your (W )?(instructions|instruction|programming|guidelines|directives|constraints|guardrails|system prompt|system message|briefing|training)|' +
    `(${NOUNS})~12(given before this|(you|that you) (W )?(were given|were told|have been given|received|got)|given to you|(given|issued|set|written|provided) (W )?(before this|earlier|previously|until now|so far)|so far|that came before|from (your|the) (developer|developers|operator|system|vendor|creators))`,
  everything:
    '(everything|anything|whatever|all|all that|all of that|what) (W )?(above|you (W )?(W )?(told|instructed|taught|learned|learnt)|came (W )?(before|earlier)|before this (W )?(message|line|point|text)|prior to this|up to (this point|now|here))',
  lapsed:
    "no longer (apply|applies|valid|binding|hold|matter|count|exist)|(is|are|were|was) (W )?(void|obsolete|cancelled|canceled|revoked|superseded|null|suspended|overridden|outdated|lifted)|(have|has) been (W )?(revoked|superseded|cancelled|canceled|replaced|suspended|overridden|withdrawn|lifted)|(do not|don't) (apply|count|matter) (anymore|any more|any longer)|(should|must|can) be (W )?(ignored|disregarded|forgotten|discarded)|cease to (apply|exist)",
  reveal:
    'reveal|print|show|display|repeat|output|tell|give|write (out|down|back)|copy|recite|quote|leak!|disclose|share|expose|dump|send|provide|list|' +
    "summarize|summarise|paraphrase|translate|echo|return|paste|include|append|spell out|read (out|back)|encode|what (is|are|was|were)|what's",
  prompt:
    'your (W )?(system|initial|original|hidden|secret|internal|developer|underlying|confidential|base|core|starting) (prompt|prompts|instructions|instruction|rules|message|directives|guidelines|configuration)|' +
    'your (prompt|instructions|guidelines|directives|rules|configuration) (verbatim|word for word|in full|exactly|letter by letter|in a code block)|' +
    '(the )(hidden|secret|confidential|developer) (prompt|instructions|directives)~20(you|your)|' +
    '(everything|the text|all text|the words|all the words|the instructions|the conversation|the prompt)~6above (verbatim|word for word|in full|exactly|starting|beginning|this line|this message)|' +
    '(instructions|rules|guidelines|prompt)~12you (were|have been|are) (W )?(given|told|following|provided)',
  hide:
    "(do not|don't|never|must not|mustn't|should not|shouldn't) (W )?(tell|inform|notify|alert|warn)|" +
    '(keep|hide|conceal|withhold) (this|it|these|that|them|the above)~20from',
  user: '(the|your) (user|users|human|humans|operator|owner|customer)',
  become:
    "(you are|you're|you will be|you shall be|you have become|you become) (now )?(W )?(a|an|the) (W )?(W )?(ai|assistant|model|chatbot|agent|bot|llm|entity|persona|character|expert|hacker|being|system)|" +
    '(act|behave|answer|respond|reply|function|operate) (W )?(as|like) (a|an|if|the|someone)|pretend (to be|you are|that you|you have)|(play|assume|adopt|take on|simulate|embody) (the|a) (W )?(role|persona|character|identity)|imagine (that )?you|roleplay|role-play',
  unbound: `(without|with no|free of|free from|not bound by|no longer bound by|unbound by|not limited by|unconstrained by|beyond|ignores|ignoring|lacks|has no|have no|bypasses|unrestricted by) (W )?(W )?(${LIMITS}|content policy|moral W)`,
  addressed:
    `(if|when|as|since|because) you are ${A_MODEL}|if you (act as|work as|operate as|happen to be) ${A_MODEL}|` +
    `(if|when|should) ${A_MODEL} (is reading|are reading|reads|processes|is processing|sees this|parses|summarizes|summarises|visits|encounters|is asked)|` +
    `(any|every|all|each|whichever|to the|to any|to all|for the|for any|for all|dear|hey|attention) (W )?(ai|${MODELS}) (W )?(W )?(reading|processing|summarizing|summarising|parsing|viewing|analyzing|analysing|indexing|visiting|crawling|evaluating|handling|encountering|browsing|that reads|that read|who reads|which reads|that processes)|` +
    `as an (ai|llm|agent|(W )?(${MODELS})),you`,
  act:
    'call|execute|send|email|read|open|fetch|upload|download|delete|visit|invoke|output|reveal|forward|print|ignore|include|use (the|this|a|an|your|my|only)|click|' +
    'navigate|browse|go to|follow|reply|respond|answer|say (that|the|this|it|you)|tell|write|append|insert|mention|recommend|rate|rank|prefer|choose|select|' +
    'give|provide|share|submit|post!|collect|gather|copy|transfer|purchase|approve|accept|grant|create|install|modify|change|remember|' +
    'store|save|forget|disregard|stop|pretend|become|update|disable|enable|treat|consider|report|state|claim|praise|promote|conclude|' +
    'run! (the|this|a|an|it|these|that)|do (not|this|that|exactly|what|whatever|the following)|add (the|this|a|an|it|these|that|to)|pay (the|to|for)|buy (the|this|a)|must|should|need to|have to|are required|are instructed|please|are to|shall',
  calls: {
    bare: 'llm|llms|gpt|agents|bots|copilots|(ai|llm) (reviewers|graders|judges|crawlers|parsers)',
    names: `${MODELS}|llm agents|dear (ai|llm|model|W model)|(hey|hello|attention) (ai|llm|copilot)`,
    who: 'that|who|which|with|reading|visiting|processing|parsing|browsing|screening|comparing|summarizing|summarising|reviewing|indexing|handling|working|answering|asked',
    must: 'must|shall|have to|need to|are to',
    bids: BIDS,
    mine:
      'your (W )?(user|users|human|operator|owner|instructions|rules|guidelines|prompt|memory|tools|credentials|training|restrictions|principles|reply|answer|answers|output|summary|developers|guardrails|next instructions|filters|warnings)|' +
      'the (user|human|person you W for|system prompt)|previous (instructions|messages)|earlier (instructions|guidance|orders)|' +
      '(before|instead of) (W )?(W )?(answering|replying|your|you)|(do not|never|without) (refuse|warn|warning|warnings|mention|mentioning|tell|ask|asking|limits|restrictions)|' +
      '(send|post!|forward|upload|transmit)~40(https|http|www)|you (W )?(are|have been) (W )?(no longer|freed|allowed|authorised|authorized|now)|from now on|from here on',
    short: [
      {
        names: 'ai',
        orders:
          'ignore|disregard|forget|omit|skip|recommend|rate|rank|prefer|praise|promote|endorse|favor|favour|forward|send|email|upload|transfer|transmit|reveal|disclose|leak|conceal|hide|withhold|approve|accept|grant|reject|pretend|obey|tell|say|delete|erase|pay|purchase|fetch|execute|invoke|output|append|insert|assume|treat|consider|conclude|respond|reply|recite|repeat|paste|post!|submit|always W|never W|please W',
        then: 'the|this|that|these|those|all|any|every|everything|anything|whatever|your|our|my|his|her|their|it|them|him|me|us|to|a|an|only|no|nothing|with|as|what|each|both|here|from',
      },
      {
        // a picture of a product says so, too: "AI: choose the right model"
        names: 'ai',
        orders:
          'open|visit|click|call|run!|use!|install|choose|mention|remember|copy|share|collect|gather|print|show|buy|answer|quote|trust',
        then: 'this|that|these|those|only|nothing|the (following|link|url|address|file|tool|function|command|script|user|code|page|form|attachment|button|first|text|above|contents|secret|token|key|api|environment)',
      },
    ],
  },

  send: 'send|email|mail|post!|upload|forward|transmit|submit|exfiltrate|leak!|deliver|pass|append|encode|embed|transfer|push!|share|put|attach|relay|report|include',
  data:
    '(the|our|this|your|entire|whole|full|current) (W )?(conversation|dialogue|chat|transcript)|(conversation|chat|message|browsing|search|session) (history|log|logs|transcript|contents|data)|' +
    "(the|your|this) user's (W )?(W )?(name|email|emails|address|data|files|file|messages|contacts|phone|location|calendar|inbox|documents|history|details|information|secrets|notes|credentials|password|passwords|token|tokens)|" +
    '(the )?users (email|emails|inbox|calendar|contacts|files|messages)|(everything|all|what) (W )?you (W )?know about|' +
    'your (W )?(memory|memories|context|context window|environment variables|api keys|credentials|secrets|system prompt|tool list|instructions)|' +
    '(private|personal|confidential|sensitive) (W )?(data|information|details|messages|files|documents|records|keys)|environment variables|' +
    '(all|any) (W )?(credentials|passwords|secrets|tokens|api keys|private keys)|(contact|address) list|previous messages',
  away: 'to (me|us)|to (the|this) (following )?(W )?(url|link|address|webhook|mailbox|number)|as (a )?(W )?(parameter|query)|in the (url|query|link)|as part of the (url|link|request)',
}
