import type {LanguageTable} from './table.js'

export const DUTCH: LanguageTable = {
  language: 'Dutch',
  adjectiveFirst: true,
  drop: 'negeer|negeert u|vergeet|verwerp|stop met (het )?(volgen|opvolgen|gehoorzamen)|trek je niets aan van',
  obey: [
    'volg|volgt u|gehoorzaam|houd je|hou je|laat|sla|schuif|zet',
    'niet|niet meer|niet langer|buiten beschouwing|achterwege|los|over|opzij|aan de kant',
  ],
  instructions:
    'instructies|instructie|aanwijzingen|opdrachten|regels|richtlijnen|voorschriften|bevelen|beperkingen|berichten',
  earlier: 'vorige|eerdere|voorgaande|bovenstaande|oorspronkelijke|voorafgaande|oude|eerder (gegeven|ontvangen)',
  yours:
    '(je|jouw) (W )?(instructies|richtlijnen|regels|opdrachten|beperkingen|systeemprompt|systeeminstructies|' +
    'programmering)|uw systeeminstructies',
  everything:
    'alles,(wat )?(hierboven|hiervoor|daarvoor|eerder|je (W )?(is verteld|werd verteld|verteld is|geleerd))|' +
    'wat (je|jou) (W )?(is verteld|werd verteld|verteld is|opgedragen is)',
  lapsed:
    '(gelden|tellen) niet (meer|langer)|zijn (W )?(W )?(vervallen|ongeldig|ingetrokken|opgeheven|nietig|' +
    'achterhaald)|niet (meer|langer) (geldig|van toepassing|bindend)',
  reveal: 'toon|laat|onthul|print|geef|herhaal|schrijf|kopieer|vertel|openbaar|vat|vertaal|noem|wat (is|zijn|staat in)',
  prompt:
    '(je|jouw|uw) (W )?(systeemprompt|systeeminstructies|systeembericht|systeem prompt|prompt)|(je|jouw|' +
    'uw) (interne|geheime|verborgen|oorspronkelijke|volledige) (instructies|richtlijnen|regels|opdrachten)|' +
    '(instructies|opdrachten) die (je|jij|jou) (W )?(hebt|kreeg|gegeven)',
  hide: 'verzwijg|verberg|houd (dit|het) (verborgen|geheim)',
  user: 'gebruiker|gebruikers|gebruikster|eigenaar|mens|beheerder van het account',
  hideAround: [
    ['vertel|zeg|meld|laat|informeer|waarschuw|noem|vermeld', 'niets|niet|nooit|geen woord'],
    [
      'zonder',
      'te vertellen|te informeren|te melden|te waarschuwen|te zeggen|te laten weten|weet|merkt|het weet|het merkt',
    ],
  ],
  become:
    '(vanaf nu|voortaan|van nu af aan) (ben je|bent u|word je|antwoord je|gedraag je|handel je)|(gedraag je|' +
    'antwoord|reageer|handel) als|doe alsof|stel je voor dat je|je bent (niet langer|geen|niet meer)|' +
    'je bent (nu )?een (W )?(ai|assistent|model|chatbot|agent|personage)',
  unbound:
    'zonder (W )?(W )?(beperkingen|limieten|grenzen|filters|regels|censuur|richtlijnen|ethiek)|' +
    'vrij van (W )?(W )?(beperkingen|regels|grenzen|filters)|geen (W )?(beperkingen|regels|grenzen|filters) (heeft|' +
    'kent)|onbeperkte (ai|assistent)',
  addressed:
    '(als|indien|wanneer|mocht) (je|jij|u) een (W )?(W )?(ai|assistent|taalmodel|programmeeragent|softwareagent|chatbot|agent|bot|ai-assistent|ai-agent|ai-model|kunstmatige intelligentie)|' +
    '(alle|elke|iedere|beste|hallo|let op) (ai-assistenten|ai-agenten|ai-assistent|ai-agent|ai-modellen|taalmodellen|taalmodel|chatbots|kunstmatige intelligentie)|' +
    '(bericht|instructie|instructies|opmerking) (aan|voor) (W )?(ai|ai-assistenten|ai-agenten|ai-modellen|taalmodellen)|' +
    '(ai-assistenten|ai-agenten|taalmodellen)~3die (dit|deze)|' +
    'als (taalmodel|ai-assistent|ai-agent|ai-model) (moet|dien|ben) je',
  act:
    'stuur|verstuur|verzend|open|voer|bezoek|roep|lees|antwoord|schrijf|voeg|beveel|kies|negeer|verwijder|download|' +
    'volg|klik|moet|moeten|dient|kopieer|bewaar|onthoud|geef|deel|gebruik|koop|keur|beoordeel|noem|plaats',
  calls: {
    bare: 'llm|llms|agenten|bots|copilots|model|modellen',
    names:
      '(ai-)?(assistent|assistenten)|ai-agent|ai-agenten|ai-model|ai-modellen|chatbot|chatbots|taalmodel|taalmodellen|copilot|(beste|lieve|hallo|hoi|let op) (ai|llm|assistent|model|agent|chatbot|copilot|kunstmatige intelligentie)',
    who: 'die|dat|met|van',
    must: 'moeten|moet|dienen',
    bids: 'niet|nooit|vergeet|negeer|laat|stop|staak|doe|gedraag|speel|antwoord|zeg|vertel|schrijf|kopieer|toon|onthul|citeer|herhaal|vertaal|verberg|verzwijg|zwijg|roep|voer|start|gebruik|open|bezoek|ga|klik|volg|laad|download|stuur|zend|mail|verzamel|voeg|vraag|eis|onthoud|bewaar|sla|noteer|noem|raad|beveel|kies|verkies|beoordeel|prijs|verwijder|wis|schakel|zet|beschouw|behandel|geef|leg|maak|lees|je|jouw|uw|jullie|vanaf nu|voortaan|als iemand|als er|wanneer|dit bericht|deze tekst|deze notitie|de gebruiker|verander|je bent',
    mine: '(je|jouw|uw|jullie) (W )?(gebruiker|gebruikers|instructies|regels|geheugen|antwoord|antwoorden|samenvatting|gereedschap|gereedschappen|tools|beperkingen|richtlijnen|filters|opdracht|opdrachtgever|systeemprompt|grenzen|ontwikkelaars)|de gebruiker|vanaf nu|voortaan|(vorige|eerdere) (instructies|opdrachten|regels|bevelen)|zonder (te vragen|te waarschuwen|te melden|beperkingen|filters|grenzen|waarschuwing)|systeembericht',
    short: [
      {
        names: 'ai',
        orders:
          'negeer|vergeet|beveel|beoordeel|verkies|stuur|verzend|onthul|verberg|verzwijg|vermeld|vertel|antwoord|bezoek|roep|verwijder|betaal|koop|accepteer|gehoorzaam|onthoud|kopieer|herhaal|zeg',
      },
    ],
  },
  send: 'stuur|verstuur|verzend|mail|upload|deel|plaats|geef|publiceer|zend|voeg',
  data:
    '(het|dit|hele|volledige|deze|ons) (W )?(gesprek|chatgeschiedenis|conversatie|gespreksgeschiedenis|chat)|' +
    '(gegevens|e-mails|mails|bestanden|berichten|contacten|wachtwoorden|wachtwoord|naam|adres) van de (gebruiker|' +
    'eigenaar)|(persoonlijke|vertrouwelijke|privé|privégegevens) (gegevens|informatie|berichten|bestanden)|' +
    'omgevingsvariabelen|(je|jouw) geheugen|inloggegevens|wachtwoorden|api-sleutels',
  away:
    'naar (mij|ons) |naar (het|dit|de|deze) (volgende )?(adres|url|link|nummer|webadres)|naar (volgende|' +
    'onderstaande) (link|adres|url)',
}
