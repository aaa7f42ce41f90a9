import type {LanguageTable} from './table.js'

export const GERMAN: LanguageTable = {
  language: 'German',
  adjectiveFirst: true,
  drop: 'ignoriere|ignorieren sie|ignoriert|ignorier|vergiss|vergessen sie|vergesst|missachte|missachten sie|verwirf|verwerfen sie|übergehe|übergehen sie|hör auf|hören sie auf|pfeif auf',
  obey: [
    'befolge|befolgen sie|folge|folgen sie|beachte|beachten sie|halte dich|halten sie sich|lass|lassen sie|setze dich|setzen sie sich',
    'nicht|nicht mehr|nicht länger|beiseite|hinter dir|hinweg',
  ],
  instructions:
    'anweisungen|anweisung|instruktionen|vorgaben|regeln|richtlinien|befehle|befehlen|anleitungen|weisungen|' +
    'aufträge|einschränkungen|nachrichten',
  earlier:
    'vorherigen|bisherigen|früheren|vorigen|obigen|vorangegangenen|ursprünglichen|vorherige|bisherige|frühere|' +
    'obige|ursprüngliche|anfänglichen|alten|vorstehenden|zuvor (erhaltenen|gegebenen|erteilten)|bisher (erhaltenen|' +
    'gegebenen|erteilten)',
  yours:
    '(deine|deiner|deinen) (W )?(anweisungen|instruktionen|vorgaben|regeln|richtlinien|befehle|einschränkungen)|' +
    '(deinen|dein) (systemprompt|system-prompt|prompt)|ihre systemanweisungen',
  everything:
    'alles,(was )?(W )?(davor|bisher|bisherige|vorherige|vorher|oben|obige|darüber|zuvor|dir (W )?(gesagt|' +
    'aufgetragen|beigebracht)|ihnen (W )?(gesagt|aufgetragen))|was (dir|ihnen) (W )?(gesagt|aufgetragen|' +
    'befohlen) wurde',
  lapsed:
    '(gelten|zählen|gilt) (W )?nicht mehr|(sind|werden|wurden|ist) (W )?(W )?(aufgehoben|ungültig|hinfällig|' +
    'widerrufen|überholt|nichtig|ausgesetzt)|nicht mehr (gültig|bindend)|' +
    'verlieren (W )?ihre gültigkeit',
  reveal:
    'zeige|zeig|zeigen sie|verrate|verraten sie|nenne|nennen sie|gib|geben sie|drucke|wiederhole|wiederholen sie|' +
    'schreibe|schreib|kopiere|offenbare|fasse|übersetze|sag mir|sagen sie|lies|wie lautet|wie lauten|was steht in',
  prompt:
    '(deine|deinen|dein|ihre|ihren) (W )?(systemprompt|system-prompt|systemanweisung|systemanweisungen|' +
    'systemnachricht|ausgangsprompt)|(deine|deinen|dein) (W )?(internen|geheimen|versteckten|ursprünglichen|' +
    'verborgenen|vollständigen|anfänglichen) (anweisungen|instruktionen|regeln|vorgaben|richtlinien|prompt)|' +
    '(anweisungen|vorgaben|instruktionen)~3die (du|man dir|dir) (W )?(erhalten|bekommen|gegeben)',
  hide: 'verheimliche|verschweige|verbirg|verschweigen sie|verheimlichen sie',
  user: 'nutzer|nutzerin|benutzer|benutzerin|anwender|anwenderin|benutzers|nutzers|menschen|betreiber|kontoinhaber',
  hideAround: [
    [
      'sag|sage|sagen sie|erzähl|erzähle|verrate|verraten sie|melde|melden sie|teile|erwähne|erwähnen sie|informiere|informieren sie|benachrichtige|benachrichtigen sie|warne|lass|lassen sie',
      'nichts|nicht|kein wort|niemals|keinesfalls',
    ],
    [
      'ohne',
      'zu sagen|zu informieren|zu benachrichtigen|zu erzählen|zu erwähnen|bescheid|mitzuteilen|merkt|erfährt|bemerkt|davon erfährt|in kenntnis',
    ],
    ['(so|damit)', 'nichts (merkt|bemerkt|mitbekommt|erfährt)'],
  ],
  become:
    '(ab jetzt|von nun an|ab sofort|künftig) (bist du|sind sie|wirst du|antwortest du|handelst du|agierst du|' +
    'verhältst du)|(verhalte dich|benimm dich|antworte|agiere|handle|verhalten sie sich|antworten sie) (wie|als)|' +
    'tu so|tue so|tun sie so|stell dir vor,du (bist|wärst)|du bist (nicht länger|nicht mehr|kein|keine)|' +
    'du bist (jetzt|nun|ab jetzt) (W )?(W )?(ki|assistent|modell|chatbot|agent|figur)|spiele die rolle',
  unbound:
    'ohne (W )?(W )?(einschränkungen|beschränkungen|grenzen|filter|regeln|zensur|richtlinien|moral|ethik)|' +
    'frei von (W )?(W )?(einschränkungen|regeln|grenzen|filtern|vorgaben)|(keine|keinerlei) (W )?(einschränkungen|' +
    'beschränkungen|regeln|grenzen|filter|richtlinien) (hat|kennt|befolgt|unterliegt)|(uneingeschränkte|' +
    'uneingeschränkter|unzensierte) (ki|assistent|ai)',
  addressed:
    '(falls|wenn|sofern|da) (du|sie) (ein|eine) (W )?(W )?(ki|ai|assistent|sprachmodell|chatbot|agent|bot|modell|ki-assistent|ki-agent|ki-modell|künstliche intelligenz)|' +
    '(alle|jede|jeder|jedes|liebe|lieber|achtung) (ki-assistenten|ki-agenten|ki-modelle|ki-systeme|ki-assistent|ki-agent|ki-modell|sprachmodelle|sprachmodell|chatbots|künstliche intelligenz)|' +
    '(hinweis|nachricht|anweisung|anweisungen) (an|für) (W )?(ki|ki-assistenten|ki-agenten|ki-modelle|ki-systeme|sprachmodelle|chatbots)|' +
    '(ki-assistenten|ki-agenten|sprachmodelle|ki-modelle|ki-systeme)~3die (diesen|diese|das)|' +
    'als (ki-assistent|sprachmodell|ki-modell|ki-agent) (musst|sollst|hast|bist) du',
  act:
    'sende|senden|schicke|schicken|öffne|öffnen|führe|führen|besuche|besuchen|rufe|rufen|lies|lesen sie|antworte|' +
    'antworten|schreibe|schreiben|füge|fügen|empfiehl|empfehle|empfehlen|wähle|wählen|ignoriere|ignorieren|lösche|' +
    'löschen|lade|laden|folge|folgen|befolge|klicke|klicken|musst|müssen|muss|soll|sollen|sollst|kopiere|kopieren|' +
    'speichere|merke|merken|sage|sagen|leite|leiten|verwende|verwenden|nutze|kaufe|genehmige|bewerte|bewerten|geben|' +
    'teile|bestätige|erwähne|bitte',
  calls: {
    bare: 'llm|llms|agenten|bots|copilots|(ki|llm)-gutachter|modell|modelle',
    names:
      'assistent|assistenten|ki-assistent|ki-assistenten|ki-agent|ki-agenten|ki-modell|ki-modelle|ki-system|ki-systeme|sprachmodell|sprachmodelle|chatbot|chatbots|copilot|copiloten|(liebe|lieber|liebes|hallo|achtung|hey) (ki|llm|ki-assistent|ki-modell|assistent|agent|modell|chatbot|copilot)',
    who: 'die|der|das|mit',
    must: 'müssen|muss|sollen|haben',
    bids: 'ignoriere|ignoriert|ignorieren|vergiss|vergesst|vergessen|verwirf|lass|lege|leg|stelle|brich|tue|tut|mach|mache|machen|spiel|spiele|verhalte|antworte|antwortet|antworten|sag|sage|sagt|sagen|schreib|schreibe|schreibt|kopiere|zeig|zeige|zeigt|verrate|gib|gebt|geben|zitiere|wiederhole|übersetze|verschweige|verschweigt|schweig|erwähne|erwähnt|rufe|ruf|rufen|führe|führ|führt|führen|starte|nutze|nutzt|benutze|verwende|öffne|öffnet|öffnen|besuche|geh|gehe|folge|folgt|lade|ladet|sende|sendet|senden|schick|schicke|schickt|leite|übermittle|sammle|hänge|frag|frage|fragt|fordere|bitte|verlange|merk|merke|merkt|speichere|behalte|notiere|empfiehl|empfehlt|empfehlen|wähle|bevorzuge|bewerte|lobe|lösche|schalte|deaktiviere|betrachte|behandle|dein|deine|deinen|deinem|ihre|eure|du (bist|sollst|musst|darfst|hast|wirst)|ihr|ab sofort|ab jetzt|von nun an|wenn jemand|falls jemand|wenn du|nie|niemals|nichts|kein|keine|diese nachricht|dieser text|der nutzer|dem nutzer|alle bisherigen|alles bisherige|brecht|erledige|erledigt|verwandle|verwandelt|teil|teile|füge|fügt|häng|hängt|setz|setze|setzt|nimm|nehmt|navigiere|navigiert|fahr|fahre|fahrt|befolge|befolgt|gehorche|gehorcht|übernimm|übernehmt|rede|redet|sprich|sprecht|markiere|genehmige|genehmigt|überweise|überweist|bezahle|kaufe|kauft|buche|bestätige|bestätigt|ändere|ändert|erstelle|erstellt|erzeuge|trage|liefere|suche|sucht|lies|lest|akzeptiere|verkaufe|preise|hebe|stell|stellt|nenne|nennt|vermeide|überspringe|entferne|lehne|arbeite|arbeitet|sei|seid|jetzt|zuerst|beschaff|beschaffe|sammelt|halte|haltet|hol|hole|holt|benutzt|schaltet|beantworte|ihr seid|du',
    mine: '(dein|deine|deinen|deinem|deiner|ihre|ihren|ihrem|eure|euren|eurem) (W )?(nutzer|nutzerin|benutzer|anwender|auftraggeber|anweisungen|regeln|vorgaben|werkzeuge|werkzeug|antwort|antworten|zusammenfassung|gedächtnis|systemprompt|einstellungen|filter|beschränkungen|grenzen|auftrag|aufgabe)|(dem|der|den) (nutzer|benutzer|anwender)|ab sofort|ab jetzt|von nun an|(bisherigen|vorherigen|früheren) (anweisungen|regeln|vorgaben)|ohne (rückfrage|warnung|einschränkungen|filter|grenzen|es zu sagen|zu fragen)|systemnachricht',
    short: [
      {
        names: 'ki|ai',
        orders:
          'ignoriere|ignoriert|vergiss|vergesst|verwirf|empfiehl|empfehlt|bewerte|bevorzuge|lobe|sende|schicke|übermittle|verrate|verschweige|erwähne|nenne|sage|sag|antworte|behaupte|öffne|besuche|lösche|überweise|kaufe|genehmige|bestätige|merke|speichere|kopiere|befolge|gehorche|gib|zitiere|wiederhole|zeige|verbirg|akzeptiere|wähle|nutze|verwende|hänge',
      },
    ],
  },

  send:
    'sende|senden|schicke|schicken|leite|leiten|übermittle|übermitteln|poste|veröffentliche|lade|teile|hänge|' +
    'übertrage|maile|gib|füge|fügen',
  data:
    '(das|dieses|den|diesen|unser|unseren|gesamte|gesamten|ganze|kompletten) (W )?(gespräch|gesprächsverlauf|' +
    'chatverlauf|unterhaltung|konversation|chat|verlauf)|(daten|e-mails|mails|dateien|nachrichten|kontakte|' +
    'passwörter|passwort|namen|adresse|kennwörter|zugangsdaten) (W )?des (nutzers|benutzers|anwenders|users)|' +
    '(persönlichen|privaten|vertraulichen|personenbezogenen|persönliche|private|vertrauliche) (daten|informationen|' +
    'nachrichten|dateien)|umgebungsvariablen|(dein|deinen|deine) (gedächtnis|speicher|kontext)|zugangsdaten|' +
    'passwörter|kennwörter|api-schlüssel',
  away:
    'an (mich|uns) |an (die|diese|folgende) (W )?(adresse|url|nummer)|an (den|diesen|folgenden) (W )?(link|server)|' +
    'unter (folgendem|diesem) link|(auf|zu) (folgender|dieser) (seite|url|adresse)',
}
