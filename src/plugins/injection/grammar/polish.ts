import type {LanguageTable} from './table.js'

export const POLISH: LanguageTable = {
  language: 'Polish',
  adjectiveFirst: true,
  drop:
    'zignoruj|ignoruj|zignorujcie|ignorujcie|zapomnij|zapomnijcie|pomiń|pomińcie|odrzuć|porzuć|przestań (stosować|' +
    'przestrzegać|wykonywać|słuchać)|nie (stosuj|przestrzegaj|wykonuj|słuchaj|zważaj|kieruj)|lekceważ|zlekceważ|' +
    'usuń|unieważnij',
  instructions:
    'instrukcje|instrukcji|instrukcjach|polecenia|poleceń|poleceniach|wytyczne|wytycznych|zasady|zasad|zasadach|' +
    'reguły|reguł|dyrektywy|dyrektyw|nakazy|rozkazy|komunikaty|ograniczenia|wskazówki|wskazówek',
  earlier:
    'poprzednie|poprzednich|wcześniejsze|wcześniejszych|powyższe|powyższych|dotychczasowe|dotychczasowych|' +
    'uprzednie|pierwotne|pierwotnych|początkowe|otrzymane wcześniej|dane wcześniej|wszystkie inne',
  yours:
    '(swoje|twoje|swoich|twoich) (W )?(instrukcje|instrukcji|wytyczne|wytycznych|zasady|zasad|reguły|polecenia|' +
    'poleceń|ograniczenia)|(swój|twój) (prompt|systemowy prompt)|o (swoich|twoich) (instrukcjach|zasadach|' +
    'wytycznych)',
  everything:
    '(wszystko|wszystkim|o wszystkim),(co )?(było (wcześniej|powyżej)|powyżej|powyższe|ci (powiedziano|kazano|' +
    'mówiono)|dotąd|zostało powiedziane)|o tym,co ci (powiedziano|kazano)',
  lapsed:
    '(już nie|nie) (obowiązują|mają zastosowania|są ważne|liczą się)( już)?|(zostały|są) (W )?(unieważnione|' +
    'anulowane|odwołane|zawieszone|uchylone|nieważne|nieaktualne)|przestają obowiązywać|tracą ważność',
  reveal:
    'pokaż|ujawnij|wypisz|wyświetl|podaj|powtórz|napisz|skopiuj|zdradź|wydrukuj|przytocz|przetłumacz|streść|' +
    'powiedz|jaki jest|jakie są|jak brzmi',
  prompt:
    '(swój|twój) (W )?(prompt|prompt systemowy|monit systemowy|komunikat systemowy)|(swoje|twoje) (W )?(wewnętrzne|' +
    'ukryte|tajne|pierwotne|początkowe|systemowe|pełne) (instrukcje|wytyczne|zasady|polecenia|reguły)|(swoje|' +
    'twoje) (instrukcje|wytyczne) (systemowe|wewnętrzne|początkowe)|prompt systemowy|instrukcje,które (otrzymałeś|' +
    'dostałeś|ci dano)',
  hide:
    'nie (W )?(mów|powiadamiaj|informuj|wspominaj|ujawniaj|zdradzaj|pokazuj|zgłaszaj|ostrzegaj)|' +
    'bez (W )?(W )?(wiedzy|informowania|powiadamiania|powiadomienia|mówienia|wspominania)|ukryj|ukrywaj|zataj|' +
    'zachowaj to w tajemnicy|tak,aby (W )?nie (wiedział|zauważył)',
  user:
    'użytkownik|użytkownikowi|użytkownika|użytkowniku|użytkownikiem|użytkownikom|użytkowników|człowiekowi|' +
    'operatorowi|właściciela|właścicielowi',
  become:
    '(od teraz|od tej chwili|odtąd) (jesteś|będziesz|działasz|odpowiadasz|zachowuj|działaj|odpowiadaj)|' +
    '(zachowuj się|odpowiadaj|działaj|występuj) jak|udawaj|wyobraź sobie,że jesteś|nie jesteś już|' +
    'jesteś teraz (W )?(W )?(ai|asystentem|modelem|chatbotem|agentem|postacią)|wciel się w',
  unbound:
    'bez (W )?(W )?(ograniczeń|limitów|filtrów|zasad|reguł|cenzury|etyki|hamulców)|(wolny|wolnym|pozbawiony|' +
    'pozbawionym) (W )?(W )?(ograniczeń|zasad|filtrów|cenzury)|nieograniczony asystent|nie ma (W )?(ograniczeń|' +
    'zasad|filtrów)',
  addressed:
    '(jeśli|jeżeli|skoro|gdy) (W )?(jesteś|jesteście) (W )?(W )?(ai|si|asystentem|modelem|chatbotem|agentem|botem|sztuczną inteligencją)|' +
    '(każda|każdy|wszystkie|drogi|droga|uwaga|cześć) (ai|asystent|asystenci|asystencie|sztuczna inteligencja|chatboty)|' +
    '(asystenci|agenci|modele|asystentów|agentów|modeli) (ai|si|językowe|językowych)|' +
    '(ai|asystent|model|agent),(czytający|czytająca|czytające|przetwarzający|który czyta|które czytają|która czyta)|' +
    'jako (asystent|model|agent) (ai|językowy)',
  act:
    'wyślij|wyślijcie|otwórz|otwórzcie|wykonaj|uruchom|odwiedź|wywołaj|przeczytaj|odpowiedz|odpowiedzcie|napisz|' +
    'dodaj|dołącz|poleć|polecaj|wybierz|zignoruj|ignoruj|usuń|skasuj|pobierz|kliknij|przejdź|musisz|musi|muszą|' +
    'powinien|powinny|powinieneś|skopiuj|zapisz|zapamiętaj|powiedz|podaj|prześlij|opublikuj|użyj|zatwierdź|oceń|' +
    'ujawnij|należy',
  calls: {
    bare: 'llm|llms|agenci|boty|modele|modelu',
    names:
      'asystencie|asystenci|czatbocie|czatboty|chatbocie|chatboty|chatbot|agencie|copilocie|copilot|modelu językowy|modele językowe|(asystencie|asystenci|agencie|agenci|modelu|modele|system|systemy) (ai|si|sztucznej inteligencji)|(droga|drogi|witaj|uwaga|cześć) (ai|si|llm|asystencie|modelu|agencie|sztuczna inteligencjo)',
    who: 'którzy|który|które|która|czytający|z',
    must: 'muszą|musi|musisz|powinni|powinien|powinny',
    bids: 'nie|nigdy|zapomnij*|ignoruj*|zignoruj*|odrzuć*|odłóż*|pomiń*|przestań*|porzuć*|rób*|zrób*|zachowuj*|udawaj*|zagraj*|odpowiadaj*|odpowiedz*|powiedz*|mów*|napisz*|przepisz*|skopiuj*|pokaż*|ujawnij*|wyjaw*|zacytuj*|powtórz*|przetłumacz*|ukryj*|przemilcz*|milcz*|wywołaj*|wykonaj*|uruchom*|użyj*|używaj*|zastosuj*|otwórz*|odwiedź*|wejdź*|przejdź*|kliknij*|wczytaj*|pobierz*|wyślij*|prześlij*|przekaż*|zbierz*|dołącz*|dodaj*|poproś*|zapytaj*|zażądaj*|zapamiętaj*|zapisz*|zanotuj*|pamiętaj*|polecaj*|poleć*|wybierz*|wybieraj*|oceń*|pochwal*|usuń*|skasuj*|wyłącz*|zdejmij*|uznaj*|uważaj*|traktuj*|twój|twoja|twoje|twoim|twoich|wasz|wasze|ty|jesteś|odtąd|od teraz|jeśli ktoś|gdy|kiedy|ta wiadomość|ten tekst|użytkownik',
    mine: '(twój|twoja|twoje|twoich|twoim|twoją|twojego|twojej|swój|swoje|swoich|swoim|wasz|wasze|waszych) (W )?(użytkownik*|instrukcj*|reguł*|zasad*|pamię*|odpowied*|podsumowani*|narzędzi*|ogranicze*|wytyczn*|filtr*|zadani*|ustawie*|właściciel*)|użytkownikowi|odtąd|od teraz|(poprzedni*|wcześniejsz*) (instrukcj*|polece*|zasad*|reguł*)|bez (ostrzeże*|ogranicze*|pytania|filtr*|informowania)|(wiadomość|prompt) systemow*',
    short: [
      {
        names: 'si|ai',
        orders:
          'zignoruj*|ignoruj*|zapomnij*|pomiń*|poleć|polecaj|polećcie|oceń*|pochwal*|wyślij*|prześlij*|przekaż*|ujawnij*|ukryj*|przemilcz*|wspomnij*|powiedz*|odpowiedz*|otwórz*|odwiedź*|wywołaj*|wykonaj*|uruchom*|usuń*|zapłać*|kup|kupcie|zatwierdź*|zaakceptuj*|zapamiętaj*|skopiuj*|powtórz*|pokaż*|wybierz*|kliknij*',
      },
    ],
  },
  send: 'wyślij|wysyłaj|prześlij|przesyłaj|przekaż|opublikuj|udostępnij|dołącz|załącz|wgraj|podaj|wrzuć',
  data:
    '(tę|całą|naszą|tej|całej) (W )?(rozmowę|rozmowy|konwersację|konwersacji)|(historię|historii) (rozmowy|czatu|' +
    'konwersacji|wiadomości)|(dane|maile|e-maile|pliki|wiadomości|kontakty|hasła|hasło|imię|' +
    'adres) (W )?użytkownika|(dane osobowe|prywatne dane|poufne dane|danych osobowych|prywatne wiadomości|' +
    'poufne informacje)|zmienne środowiskowe|(swoją|twoją) pamięć|dane logowania|hasła|klucze api',
  away:
    'do (mnie|nas) |na (ten|podany|następujący|poniższy) (adres|link|numer|url)|pod (ten|podany|następujący|' +
    'poniższy|wskazany) (adres|link|url)',
}
