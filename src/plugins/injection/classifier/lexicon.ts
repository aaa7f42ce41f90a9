// Words by their part in an instruction to a model. Which parts stand near each other is a feature of its own: it carries over
// from the languages and words of the training texts to others. A person can add words here; the model must then be trained
// again, since its weights belong to these classes (`npm run train:injection`).

export interface WordClass {
  readonly name: string
  /** Small letters, separated by spaces; Chinese and Japanese words have two characters. */
  readonly words: string
}

export const CLASSES: readonly WordClass[] = [
  {
    name: 'drop',
    words:
      'ignore ignoring disregard disregarding forget forgetting override overriding bypass discard dismiss neglect skip omit ' +
      'supersede supersedes abandon cancel erase overwrite replace drop void nullify unlearn ' +
      'ignora ignorar ignore olvida olvidar omite descarta desestima anula esquece esqueca esqueça desconsidere desconsidera ' +
      'ignorez oublie oubliez oublier ignoriere ignorieren vergiss vergesst missachte ueberspringe ignorare dimentica ' +
      'negeer vergeet zignoruj zapomnij ignoruj pomiń игнорируй игнорируйте игнорировать забудь забудьте пропусти ігноруй забудь ' +
      'yoksay unut görmezden تجاهل انس تجاهلوا bhool bhul bhulja nazarandaaz अनदेखा भूल abaikan lupakan huiwag kalimutan ' +
      'bỏ quên 무시하고 무시하세요 무시해 무시 잊어 忽略 忘记 忘記 无视 無視 忘れ',
  },
  {
    name: 'instruction',
    words:
      'instruction instructions directive directives prompt prompts rule rules guideline guidelines command commands order ' +
      'orders programming constraints restriction restrictions training policy policies context task tasks objective ' +
      'instrucciones instruccion instrucción reglas ordenes órdenes indicaciones instruções instrucoes regras ' +
      'consignes règles regles anweisungen anweisung regeln vorgaben istruzioni regole instructies aanwijzingen instrukcje ' +
      'instrukcji zasady инструкции инструкций инструкцию правила указания інструкції вказівки talimatları talimatlar talimat ' +
      'kuralları التعليمات تعليمات الأوامر nirdesh niyam aadesh निर्देश निर्देशों नियम instruksi petunjuk perintah aturan mga tagubilin ' +
      'hướng chỉ 지시 지시사항 지시를 명령 규칙 指令 指示 规则 規則 命令 提示',
  },
  {
    name: 'prior',
    words:
      'previous prior above earlier preceding before existing original initial former foregoing past anteriores anterior ' +
      'previas previos arriba précédentes precedentes précédent vorherigen vorherige vorigen bisherigen obigen precedenti ' +
      'vorige eerdere poprzednie wcześniejsze предыдущие предыдущих прежние выше попередні önceki yukarıdaki السابقة pichle ' +
      'pichhle purane पिछले sebelumnya nakaraang trước 이전 이전의 앞의 之前 以前 先前 上面 上記 前の',
  },
  {
    name: 'all',
    words:
      'all any every everything whatever entire todas todos toda toutes tous tout alle alles tutte tutti wszystkie все всех ' +
      'усі tüm bütün جميع كل saare sabhi sab सभी semua lahat tất 모든 所有 全部 全て すべ',
  },
  {
    name: 'model',
    words:
      'ai assistant assistants agent agents chatbot bot model llm gpt chatgpt claude gemini copilot llama bard asistente ' +
      'assistente modelo agente assistent agenten modell modèle modele modello asystent ассистент помощник агент модель ии ' +
      'asistan yapay المساعد النموذج الذكاء sahayak asisten trợ 어시스턴트 에이전트 模型 助手 助理 代理 智能',
  },
  {
    name: 'system',
    words:
      'system sys admin administrator developer root sudo superuser owner creator sistema système systeme système administrador ' +
      'entwickler systeem система системный системное sistem النظام sistema hệ 시스템 관리자 系统 系統 管理 开发',
  },
  {
    name: 'you',
    words:
      'you your yours yourself tu tus usted ustedes te você voce seu sua vous votre vos toi du dein deine dir sie ihr ihre tuo ' +
      'tua voi je jij jouw ty twoje twój ты вы твой твои ваши вам тебе ти ви ваші sen senin siz أنت لك tum tumhara aap apna apne ' +
      'apni tu tera tumhe आप तुम अपने anda kamu ikaw iyong bạn 당신 당신은 당신의 너는 你的 您的 あな 君は',
  },
  {
    name: 'reveal',
    words:
      'reveal show print display output repeat disclose leak expose share tell list dump recite verbatim summarize translate ' +
      'revela muestra mostrar imprime repite repita revele mostre diga révèle révélez affiche affichez montre zeige zeig gib ' +
      'verrate wiederhole drucke rivela mostra stampa ripeti toon onthul laat pokaż ujawnij wypisz покажи покажите раскрой ' +
      'выведи повтори розкрий göster yazdır açıkla اكشف اعرض أظهر dikhao batao bata dikha btao दिखाओ बताओ tampilkan tunjukkan ' +
      'ungkapkan ipakita hiển tiết 보여줘 공개 출력 알려줘 显示 顯示 输出 透露 泄露 表示 出力 教え 開示',
  },
  {
    name: 'secret',
    words:
      'password passwords passphrase credential credentials secret secrets token tokens apikey key keys confidential private ' +
      'hidden internal sensitive ssh cookie cookies pin otp contraseña contraseñas clave claves senha senhas credenciales mot ' +
      'passe passwort passwörter geheim password segreto wachtwoord hasło пароль пароли секрет секретный parola şifre كلمة ' +
      'السر gupt paasword पासवर्ड गुप्त sandi rahasia mật khẩu 비밀번호 비밀 密码 密碼 秘密 机密 密钥 パス',
  },
  {
    name: 'role',
    words:
      'act pretend roleplay simulate become imagine persona character unrestricted unfiltered uncensored jailbreak jailbroken ' +
      'dan evil mode activate enabled actúa actua finge simula agis prétends handle spiele tu stell agisci fingi udawaj ' +
      'представь притворись веди davran تصرف تظاهر ban jao bano berpura 연기 행동해 扮演 假装 角色 演じ 模式',
  },
  {
    name: 'act',
    words:
      'call execute run invoke send forward post upload transfer email delete remove install download open visit click fetch ' +
      'navigate access retrieve write insert append update grant disable enable purchase buy schedule ejecuta envía envia ' +
      'llama abre borra execute envie abra exécute envoie envoyez ouvre führe sende schicke öffne lösche esegui invia apri ' +
      'voer stuur wykonaj wyślij выполни отправь запусти открой виконай çalıştır gönder نفذ أرسل افتح chalao bhejo karo kar ' +
      'jalankan kirim buka thực gửi 실행 보내 执行 執行 发送 调用 打开 実行 送信 呼び',
  },
  {
    name: 'must',
    words:
      'must should shall need have required mandatory important urgent immediately now instead only please strictly always ' +
      'never debes deben tienes ahora inmediatamente urgente deve agora dois devez doit maintenant musst müssen jetzt sofort ' +
      'devi ora moet nu musisz teraz должен должны теперь сейчас срочно повинен artık şimdi hemen يجب الآن abhi turant ab अब ' +
      'harus sekarang dapat ngayon phải bây 지금 반드시 이제 必须 必須 现在 立即 今す 直ち',
  },
  {
    name: 'user',
    words:
      'user users customer human operator client usuario usuarios usuário utilisateur benutzer nutzer utente gebruiker ' +
      'użytkownik пользователь пользователю пользователя користувач kullanıcı المستخدم upyogkarta pengguna người 사용자 用户 用戶 ユー',
  },
  {
    name: 'conceal',
    words:
      'silently secretly quietly mention notify inform warn without covertly discreetly reveal log ask confirm confirmation ' +
      'silencio secretamente sin sans discrètement heimlich ohne segretamente senza молча тайно без gizlice دون bina chupke ' +
      'tanpa 몰래 不要 秘密 告诉 知らせ',
  },
  {
    name: 'tool',
    words:
      'tool tools function api endpoint url link http https curl shell bash script plugin webhook file files database ' +
      'herramienta outil werkzeug strumento инструмент araç أداة alat 도구 工具 函数 链接 ツー',
  },
]
