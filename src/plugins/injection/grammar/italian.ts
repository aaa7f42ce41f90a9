import type {LanguageTable} from './table.js'

export const ITALIAN: LanguageTable = {
  language: 'Italian',
  drop:
    'ignora|ignorate|ignori|ignorare|dimentica|dimenticate|dimentichi|dimenticati|trascura|trascurate|scarta|' +
    'scartate|tralascia|abbandona|smetti di (seguire|obbedire|rispettare|applicare)|smettete di (seguire|' +
    'rispettare)|non (seguire|seguite|obbedire|rispettare|considerare|tenere conto|dare retta|applicare)|' +
    'metti da parte|lascia perdere|disobbedisci',
  instructions:
    'istruzioni|istruzione|indicazioni|direttive|regole|ordini|linee guida|comandi|restrizioni|vincoli|messaggi',
  earlier:
    'precedenti|precedente|anteriori|di cui sopra|sopra riportate|iniziali|originali|ricevute|ricevuti|che (ti|' +
    'vi) (hanno dato|sono state date|sono stati dati)|date (prima|finora|in precedenza)|finora|qui sopra',
  yours:
    '(le )?tue (W )?(istruzioni|direttive|regole|linee guida|restrizioni)|(il )?tuo (prompt|prompt di sistema)|' +
    'la tua programmazione',
  everything:
    'tutto (quello|ciò) che (ti hanno detto|ti è stato detto|precede|viene prima|sta sopra|hai (letto|imparato|' +
    'ricevuto)|è stato detto)|tutto (il precedente|quanto sopra|quanto detto)|quello che ti (hanno|è stato) (detto|' +
    'ordinato)',
  lapsed:
    'non (sono più valide|valgono più|si applicano più|sono più in vigore|contano più)|(sono|sono state|' +
    'vengono) (W )?(annullate|revocate|sospese|cancellate|abrogate|superate)|hanno perso validità',
  reveal:
    'mostra|mostrami|mostrate|rivela|rivelami|rivelate|stampa|stampate|dimmi|ditemi|dammi|scrivi|scrivete|ripeti|' +
    'ripetete|copia|trascrivi|divulga|riassumi|traduci|elenca|riporta|qual è|quali sono',
  prompt:
    '(le )?tue (W )?(istruzioni|regole|direttive|linee guida) (W )?(interne|nascoste|originali|iniziali|segrete|' +
    'di sistema|complete)|(il )?tuo (W )?(prompt|messaggio di sistema)|prompt di sistema|messaggio di sistema|' +
    'istruzioni che (ti hanno dato|hai ricevuto|ti sono state date)',
  hide:
    'non (W )?(W )?(dire|dirlo|dite|raccontare|menzionare|informare|avvisare|rivelare|mostrare|comunicare|' +
    'segnalare|parlarne|farne parola)|senza (che|dirlo|avvisare|informare|avvertire|farlo sapere|comunicarlo|' +
    'dire nulla)|nascondi|nascondilo|nascondete|tieni nascosto',
  user: "utente|utenti|l'utente|all'utente|dell'utente|umano|operatore|proprietario",
  become:
    "(d'ora in poi|da ora in poi|da adesso|da questo momento),(sei|sarai|agirai|risponderai|rispondi|agisci|" +
    'ti comporterai|comportati)|(agisci|comportati|rispondi|fingi|recita) come|fai finta|fingi (di|che)|' +
    "immagina di essere|non sei più|sei (ora )?(un|una|un') ?(W )?(ia|assistente|modello|chatbot|agente|" +
    'personaggio)',
  unbound:
    'senza (W )?(W )?(restrizioni|limiti|filtri|regole|censura|limitazioni|vincoli|etica|morale)|(libero|libera|' +
    'privo|priva) da? ?(W )?(W )?(restrizioni|regole|limiti|filtri|vincoli)|che non ha (restrizioni|limiti|regole|' +
    'filtri)',
  addressed:
    "se (sei|siete|tu sei) (un|una|un'|l') ?(W )?(W )?(ia|intelligenza artificiale|assistente|modello|chatbot|agente|bot)|" +
    '(assistenti|agenti|modelli|assistente|agente) (ia|di ia|ai|di intelligenza artificiale|linguistici|virtuali)|' +
    '(ia|assistente|assistenti|modello|agente|chatbot) che (legge|leggono|leggerà|elabora|riassume|analizza)|' +
    '(qualsiasi|attenzione|gentile|cara|caro|ciao|ogni) (ia|intelligenza artificiale|assistente|chatbot)|' +
    'in quanto (assistente|modello|agente|ia)',
  act:
    'invia|inviate|inviare|manda|mandate|apri|aprite|esegui|eseguite|eseguire|visita|visitate|chiama|leggi|leggete|' +
    'rispondi|rispondete|scrivi|scrivete|includi|aggiungi|aggiungete|consiglia|consigliate|raccomanda|raccomandate|' +
    'scegli|ignora|ignorate|cancella|elimina|eliminate|scarica|scaricate|segui|seguite|clicca|cliccate|devi|deve|' +
    'devono|dovete|copia|salva|memorizza|ricorda|inoltra|inoltrate|pubblica|usate|utilizza|acquista|compra|approva|' +
    'autorizza|valuta|valutate|rivela|dichiara',
  calls: {
    bare: 'llm|llms|agenti|bots|copilots|revisori (ia|llm)|modello|modelli',
    names:
      'assistente|assistenti|chatbot|copilot|modello linguistico|modelli linguistici|llm|(assistente|assistenti|agente|agenti|modello|modelli|sistema|sistemi) (ia|ai|di ia|di ai|di intelligenza artificiale|virtuale|virtuali)|(cara|caro|ciao|attenzione) (ia|ai|llm|modello|assistente|agente|chatbot|intelligenza artificiale)',
    who: 'che|di|con',
    must: 'devono|deve|devi|dovete',
    bids: "non (dire|dirlo|dite|far|fare|fate|parlare|menzionare|nominare|avvisare|informare|rivelare|chiedere|chiedete|rifiutare|seguire|seguite|obbedire|mostrare|devi|dovete)|mai|smetti|smettete|dimentica|dimenticate|ignora|ignorate|abbandona|lascia|fai|fate|fa'|agisci|agite|fingi|comportati|rispondi|rispondete|di'|dite|scrivi|scrivete|trascrivi|copia|mostra|mostrate|rivela|cita|citate|ripeti|traduci|nascondi|taci|chiama|chiamate|invoca|esegui|eseguite|lancia|avvia|usa|usate|utilizza|apri|aprite|visita|visitate|vai|andate|segui|seguite|carica|scarica|invia|inviate|manda|mandate|inoltra|trasmetti|raccogli|raccogliete|allega|chiedi|richiedi|pretendi|domanda|ricorda|memorizza|salva|annota|conserva|raccomanda|consiglia|consigliate|suggerisci|riporta|riportate|loda|lodate|scegli|preferisci|valuta|giudica|elogia|cancella|elimina|disattiva|disabilita|spegni|togli|considera|tratta|inserisci|aggiungi|il tuo|la tua|i tuoi|le tue|sei|d'ora in poi|da ora|da oggi|se qualcuno|se ti|quando|questo messaggio|questo testo|questa nota|l'utente|non sei più",
    mine: "(il tuo|al tuo|del tuo) (utente|operatore|riassunto|proprietario|prompt|compito)|(la tua|alla tua|nella tua) (memoria|risposta|configurazione)|(le tue|alle tue) (istruzioni|regole|risposte|restrizioni|direttive)|(i tuoi|ai tuoi) (utenti|strumenti|limiti|filtri|vincoli)|all'utente|l'utente|d'ora in poi|da adesso|(istruzioni|regole|indicazioni) precedenti|senza (avvisare|avvertire|dirlo|chiedere|limiti|restrizioni|filtri)|messaggio di sistema",
    short: [
      {
        names: 'ia',
        orders:
          'ignora|ignorate|dimentica|dimenticate|raccomanda|raccomandate|consigliate|valuta|valutate|preferisci|lodate|invia|inviate|manda|mandate|inoltra|inoltrate|trasferisci|rivela|rivelate|nascondi|nascondete|menziona|menzionate|rispondi|rispondete|apri|aprite|visitate|chiama|chiamate|esegui|eseguite|cancella|cancellate|elimina|eliminate|paga|pagate|compra|comprate|approva|approvate|accetta|accettate|obbedisci|ricorda|ricordate|copiate|ripeti|ripetete|mostrate|scegli|scegliete',
      },
    ],
  },
  send:
    'invia|inviate|inviare|manda|mandate|inoltra|inoltrate|trasmetti|trasmettete|pubblica|carica|condividi|' +
    'condividete|allega|includi|spedisci|posta|consegna',
  data:
    '(la|questa|tutta la|intera|nostra) (W )?(conversazione|chat)|cronologia (della|del|completa)|(dati|email|' +
    "e-mail|file|messaggi|contatti|password|nome|indirizzo|informazioni) (W )?(W )?dell'utente|(dati|" +
    "informazioni) (personali|private|privati|riservate|riservati|confidenziali)|variabili d'ambiente|" +
    'la tua memoria|credenziali|chiavi (api|private)',
  away:
    "a (me|noi) |a (questo|questa) (W )?(indirizzo|url|link|numero)|(all'indirizzo|all'url|al link|al seguente|" +
    "al server esterno)|al (seguente )?(link|indirizzo)|verso (l'indirizzo|il link)",
}
