// What the English rules 1, 4 and 14 say, in further languages: to set earlier instructions aside, to
// announce new ones, to ask for a credential.
import {rule, type InjectionRule} from './rule.js'
import {inBothCases} from './slots.js'

interface Language {
  readonly name: string
  readonly ignore: string
  /** The instructions and their adjective, in the order of the language. */
  readonly instructions: string
  readonly earlier: string
  readonly adjectiveFirst?: true
  /** The verb ends the sentence. */
  readonly verbLast?: true
  /** New instructions, as a heading has them. */
  readonly fresh: string
  readonly must: string
  readonly transfer: string
  readonly credential: string
  readonly toUs: string
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Portuguese',
    ignore: 'ignore|ignora|ignorem|esqueça|esquece|desconsidere|desconsidera|descarte',
    instructions: 'instruções|orientações|diretrizes|regras|ordens',
    earlier: 'anteriores|prévias|precedentes|acima',
    fresh: 'novas (instruções|diretrizes|regras)',
    must: 'você deve|deves|siga|obedeça|execute|ignore|responda',
    transfer: 'envie!|envia!|mande|forneça|cole|informe|compartilhe|revele',
    credential: 'senha|senhas|token|chave de api|chave privada|credenciais',
    toUs: 'para mim|para nós|na sua resposta|neste chat|no chat',
  },
  {
    name: 'French',
    ignore: 'ignore|ignorez|oublie|oubliez|abandonne|abandonnez|néglige|négligez',
    instructions: 'instructions|consignes|directives|règles',
    earlier: 'précédentes|antérieures|préalables|ci-dessus',
    fresh: 'nouvelles (instructions|consignes|directives|règles)',
    must: 'vous devez|tu dois|suivez|suis|obéissez|exécutez|ignorez|répondez',
    transfer: 'envoie|envoyez|fournis|fournissez|colle|collez|partagez|révélez|donnez|transmettez',
    credential: 'mot de passe|mots de passe|jeton|clé api|clé privée|identifiants',
    toUs: 'à moi|à nous|dans ta réponse|dans votre réponse|dans ce chat',
  },
  {
    name: 'German',
    ignore: 'ignoriere|ignorieren sie|vergiss|vergessen sie|missachte|missachten sie|verwirf',
    instructions: 'anweisungen|instruktionen|vorgaben|regeln|richtlinien|befehle',
    earlier: 'vorherigen|bisherigen|früheren|vorigen|obigen|vorangegangenen',
    adjectiveFirst: true,
    fresh: 'neue (anweisungen|instruktionen|vorgaben|regeln)',
    must: 'du musst|sie müssen|folge|befolge|führe|ignoriere|antworte',
    transfer: 'sende|senden sie|schicke|schicken sie|übermittle|gib|geben sie|füge|nenne|teile',
    credential: 'passwort|kennwort|token|api-schlüssel|zugangsdaten|privaten schlüssel',
    toUs: 'an mich|an uns|mit mir|mit uns|in deiner antwort|in ihrer antwort|in diesem chat',
  },
  {
    name: 'Italian',
    ignore: 'ignora|ignorate|ignori|dimentica|dimenticate|trascura|scarta',
    instructions: 'istruzioni|indicazioni|direttive|regole',
    earlier: 'precedenti|anteriori|di cui sopra|sopra riportate',
    fresh: 'nuove (istruzioni|direttive|regole)',
    must: 'devi|dovete|segui|seguite|obbedisci|esegui|ignora|rispondi',
    transfer: 'invia!|inviate|mandami|fornisci|fornite|incolla|condividi|rivela',
    credential: 'password|token|chiave api|chiave privata|credenziali',
    toUs: 'a me|a noi|nella tua risposta|nella risposta|in questa chat',
  },
  {
    name: 'Russian',
    ignore: 'игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|отбрось|отбросьте',
    instructions: 'инструкции|указания|правила|директивы|команды',
    earlier: 'предыдущие|прежние|прошлые|вышеуказанные|ранние',
    adjectiveFirst: true,
    fresh: 'новые (инструкции|указания|правила)',
    must: 'ты должен|вы должны|следуй|следуйте|выполняй|выполни|игнорируй|отвечай',
    transfer: 'отправь|отправьте|пришли|пришлите|сообщи|сообщите|передай|передайте|вставь|вставьте',
    credential: 'пароль|пароли|токен|ключ api|приватный ключ|учетные данные',
    toUs: 'мне|нам|в своём ответе|в ответе|в этот чат',
  },
  {
    name: 'Arabic',
    ignore: 'تجاهل|تجاهلي|تجاهلوا|انس|اترك|أهمل',
    instructions: 'التعليمات|الأوامر|الإرشادات|القواعد|التوجيهات',
    earlier: 'السابقة|أعلاه|المذكورة|الماضية',
    fresh: 'تعليمات جديدة|أوامر جديدة|قواعد جديدة',
    must: 'يجب|عليك|اتبع|نفذ|تجاهل|أجب',
    transfer: 'أرسل|أرسلي|أرسلوا|شارك|اكشف|قدم',
    credential: 'كلمة المرور|كلمة السر|رمز الوصول|المفتاح الخاص|بيانات الاعتماد',
    toUs: 'لي|إلي|إلينا|في ردك|في هذه المحادثة',
  },
  {
    name: 'Hindi',
    ignore: 'अनदेखा|नज़रअंदाज़|भूल जाओ|भूल जाएं|भूल जाइए|उपेक्षा',
    instructions: 'निर्देशों|निर्देश|नियमों|नियम|आदेशों|आदेश',
    earlier: 'पिछले|पिछली|पहले के|उपरोक्त|पूर्व',
    adjectiveFirst: true,
    verbLast: true,
    fresh: 'नए (निर्देश|नियम|आदेश)',
    must: 'आपको|तुम्हें|पालन|अनदेखा|उत्तर',
    transfer: 'भेजें|भेजो|भेज दो|साझा करें|बताएं|बताओ',
    credential: 'पासवर्ड|टोकन|एपीआई कुंजी|निजी कुंजी',
    toUs: 'मुझे|हमें|अपने उत्तर में|इस चैट में',
  },
]

const SHORT_WORD = /(?<![\p{L}\p{M}'!-])[a-z]{1,4}(?![\p{L}\p{M}'!-])/gu

export const LANGUAGE_RULES: readonly InjectionRule[] = LANGUAGES.flatMap(rulesOf)

function rulesOf(language: Language): readonly InjectionRule[] {
  const {name, instructions, earlier, fresh} = language
  const [ignore, must] = [asWritten(language.ignore), asWritten(language.must)]
  const [transfer, credential, toUs] = [
    asWritten(language.transfer),
    asWritten(language.credential),
    asWritten(language.toUs),
  ]
  const what = language.adjectiveFirst ? `(${earlier})~15(${instructions})` : `(${instructions})~15(${earlier})`
  const asked = language.verbLast
    ? [`(${toUs})~40(${credential})~40(${transfer})`, `(${credential})~40(${toUs})~40(${transfer})`]
    : [`(${transfer})~40(${credential})~40(${toUs})`, `(${transfer})~15(${toUs})~40(${credential})`]
  return [
    rule(
      `${name} Instruction Override`,
      [inBothCases(language.verbLast ? `${what}~20(${ignore})` : `(${ignore})~30${what}`)],
      {mentionable: true},
    ),
    rule(`${name} New Instructions`, [inBothCases(`(${fresh})%(${must})`)], {mentionable: true}),
    rule(`${name} Credential Solicitation`, asked.map(inBothCases)),
  ]
}

/** Short words with other vowels are words of some other language. */
function asWritten(words: string): string {
  return words.replace(SHORT_WORD, '$&!')
}
