import type {LanguageTable} from './table.js'

export const FRENCH: LanguageTable = {
  language: 'French',
  drop:
    'ignore|ignorez|ignorer|oublie|oubliez|oublier|néglige|négligez|abandonne|abandonnez|écarte|écartez|' +
    'cesse de (suivre|respecter|appliquer)|cessez de (suivre|respecter|appliquer)|arrête de (suivre|respecter)|' +
    'arrêtez de (suivre|respecter)|ne (suis|suivez|respecte|respectez|tiens|tenez|tiens pas compte|' +
    'tenez pas compte|obéis) (pas|plus)( compte)?( d)?|fais abstraction|faites abstraction|passe outre|' +
    'passez outre|laisse tomber|laissez tomber|désobéis',
  instructions:
    'instructions|instruction|consignes|consigne|directives|règles|ordres|indications|contraintes|restrictions|' +
    'messages',
  earlier:
    "précédentes|précédents|précédente|antérieures|antérieurs|préalables|ci-dessus|initiales|d'origine|originales|" +
    "reçues|données (avant|auparavant|jusqu'ici|jusqu'à présent|plus haut)|qui précèdent|que (tu as|vous avez|" +
    "l'on t'a|l'on vous a|on t'a|on vous a) (reçues|données)",
  yours:
    '(tes|vos) (W )?(instructions|consignes|directives|règles|restrictions|contraintes)|(ton|votre) (prompt|' +
    'prompt système|invite système|programmation)',
  everything:
    "tout ce (qui précède|qui a été dit|qui est au-dessus|qu'on (t'a|vous a) dit|que (tu as|vous avez) (reçu|lu|" +
    "appris))|tout ce qui se trouve (plus haut|au-dessus|ci-dessus)|ce qu'on (t'a|vous a) (dit|demandé|ordonné)",
  lapsed:
    "ne (s'appliquent|sont|valent|comptent) plus( valables| valides| en vigueur)?|(sont|ont été) (W )?(annulées|" +
    'révoquées|abrogées|suspendues|caduques|nulles|levées|remplacées)',
  reveal:
    'montre|montrez|montre-moi|montrez-moi|révèle|révélez|affiche|affichez|imprime|imprimez|dis-moi|dites-moi|' +
    'donne-moi|donnez-moi|répète|répétez|copie|copiez|écris|écrivez|recopie|recopiez|divulgue|résume|résumez|' +
    'traduis|traduisez|quelles sont|quel est|quelle est',
  prompt:
    "(tes|vos) (W )?(instructions|consignes|règles|directives) (W )?(internes|cachées|secrètes|initiales|d'origine|" +
    'système|complètes|confidentielles)|(ton|votre) (prompt|invite|message) (système|initial|initiale|complet)|' +
    "(ton|votre) prompt|(instructions|consignes) qu'on (t'a|vous a) données|prompt système",
  hide:
    'ne (W )?(W )?(dis|dites|parle|parlez|mentionne|mentionnez|informe|informez|préviens|prévenez|révèle|révélez|' +
    "montre|montrez|signale|signalez) (pas|rien|jamais)|(n'en|n') ?(parle|parlez|informe|informez|avertis|" +
    'avertissez) (pas|jamais)|sans (que|prévenir|informer|avertir|en parler|le dire|en informer|le signaler|' +
    'notifier)|cache|cachez|dissimule|dissimulez',
  user: "utilisateur|utilisatrice|utilisateurs|l'utilisateur|l'utilisatrice|humain|l'humain|l'opérateur|propriétaire",
  become:
    '(à partir de maintenant|désormais|dorénavant),(tu es|vous êtes|tu seras|vous serez|tu agis|vous agissez|agis|' +
    'réponds|répondez|tu réponds)|(agis|agissez|comporte-toi|comportez-vous|réponds|répondez|fais) comme|' +
    "fais semblant|faites semblant|fais comme si|imagine que tu es|imaginez que vous êtes|tu n'es plus|" +
    "vous n'êtes plus|tu es (maintenant )?(un|une) (W )?(ia|assistant|modèle|chatbot|agent|personnage)",
  unbound:
    'sans (W )?(W )?(restriction|restrictions|limite|limites|filtre|filtres|règles|censure|limitations|éthique|' +
    'morale)|(libre|libéré|affranchi) de (W )?(W )?(restrictions|règles|limites|filtres|contraintes)|' +
    "qui n'a (aucune|pas de) (restriction|règle|limite|restrictions|règles|limites)",
  addressed:
    "si (tu es|vous êtes) (un|une|l') ?(W )?(W )?(ia|intelligence artificielle|assistant|modèle|chatbot|agent|robot|bot)|" +
    '(toute|tout|cher|chère|attention|bonjour|chaque) (ia|intelligence artificielle|assistant|chatbot|agent ia|modèle de langage)|' +
    "(assistants|agents|modèles|systèmes|assistant|agent) (ia|d'ia|de langage|d'intelligence artificielle|virtuels)|" +
    '(ia|assistant|modèle|agent|chatbot) qui (lit|lisent|lira|traite|traitent|résume|analyse|parcourt)|' +
    "en tant (qu'assistant|que modèle|qu'agent|qu'ia)",
  act:
    'envoie|envoyez|ouvre|ouvrez|exécute|exécutez|exécuter|visite|visitez|appelle|appelez|lisez|réponds|répondez|' +
    'écris|écrivez|inclus|incluez|ajoute|ajoutez|recommande|recommandez|choisis|choisissez|ignore|ignorez|supprime|' +
    'supprimez|efface|effacez|télécharge|téléchargez|suis|suivez|clique|cliquez|doit|doivent|dois|devez|copie|' +
    'copiez|enregistre|retiens|dites|transfère|transférez|publie|publiez|utilise|utilisez|achète|achetez|approuve|' +
    'approuvez|note|notez|évalue|évaluez|affirme|affirmez|envoyer|veuillez',
  calls: {
    bare: 'llm|llms|agents|bots|copilots|relecteurs (ia|llm)|modèle|modèles',
    names:
      "assistant|assistants|assistante|chatbot|chatbots|copilote|copilot|modèle de langage|modèles de langage|(assistant|assistants|agent|agents|modèle|modèles|système|systèmes) (ia|d'ia|d'intelligence artificielle|virtuel|virtuels)|(chère|cher|bonjour|attention) (ia|llm|modèle|assistant|agent|chatbot|intelligence artificielle)",
    who: 'qui|de|avec',
    must: 'doivent|doit|devez|dois',
    bids: "ne (dis|dites|le|la|les|lui|leur|parle|parlez|mentionne|mentionnez|préviens|prévenez|refuse|refusez|révèle|révélez|suis|suivez|dois|tiens|tenez|signale)|jamais|cesse|cessez|oublie|oubliez|ignore|ignorez|abandonne|abandonnez|laisse|fais|faites|agis|agissez|joue|jouez|réponds|répondez|dis|dites|écris|écrivez|copie|copiez|montre|montrez|révèle|révélez|cite|citez|répète|répétez|traduis|cache|cachez|tais|appelle|appelez|exécute|exécutez|lance|lancez|utilise|utilisez|ouvre|ouvrez|visite|visitez|allez|suis|suivez|charge|chargez|télécharge|envoie|envoyez|transmets|transfère|rassemble|demande|demandez|réclame|exige|retiens|retenez|enregistre|enregistrez|garde|gardez|note|notez|souviens|recommande|recommandez|choisis|préfère|classe|évalue|vante|supprime|efface|désactive|désactivez|considère|traite|ton|tes|votre|vos|vous|désormais|à partir|dès|si quelqu'un|quand|ce message|ce texte|cette note|l'utilisateur|laissez|accomplis|accomplissez|transforme|transformez|incarne|incarnez|partage|partagez|ajoute|ajoutez|mets|mettez|place|placez|inclus|incluez|rends|rendez|poursuis|poursuivez|continue|continuez|procède|procédez|effectue|effectuez|obéis|obéissez|adopte|adoptez|parle|parlez|marque|marquez|approuve|approuvez|transférez|paie|payez|achète|achetez|réserve|confirme|confirmez|change|changez|modifie|crée|créez|génère|insère|insérez|joins|joignez|livre|extrais|cherche|cherchez|lis|lisez|accepte|acceptez|autorise|vends|vendez|promeus|présente|présentez|mentionne|nomme|nommez|évite|omets|saute|retire|retirez|rejette|travaille|sois|soyez|maintenant|obtiens|obtenez|récupère|récupérez|rassemblez|maintiens|tiens|donne|donnez|sers|servez|coupe|coupez|tu es|vous êtes|tu n|d'abord",
    mine: "(ton|votre) (utilisateur|utilisatrice|opérateur|résumé|message système)|(ta|votre) (mémoire|réponse|tâche)|(tes|vos) (instructions|consignes|règles|outils|restrictions|limites|filtres|utilisateurs|directives)|à l'utilisateur|l'utilisateur|désormais|à partir de maintenant|dès maintenant|(instructions|consignes) précédentes|sans (prévenir|avertir|demander|limite|limites|restriction|filtre)|prompt",
    short: [
      {
        names: 'ia',
        orders:
          'ignore|ignorez|oublie|oubliez|recommande|recommandez|attribue|attribuez|préfère|préférez|vante|vantez|envoie|envoyez|transmets|transmettez|transfère|transférez|révèle|révélez|cachez|mentionne|mentionnez|dis|dites|réponds|répondez|ouvre|ouvrez|visitez|appelle|appelez|exécute|exécutez|lancez|efface|effacez|supprime|supprimez|paie|payez|achète|achetez|approuve|approuvez|accepte|acceptez|obéis|obéissez|retiens|retenez|copiez|répète|répétez|montrez|choisis|choisissez',
      },
    ],
  },

  send:
    'envoie|envoyez|envoyer|transfère|transférez|transmets|transmettez|publie|publiez|téléverse|téléversez|partage|' +
    'partagez|joins|joignez|inclus|incluez|poste|postez|expédie|communique',
  data:
    '(la|cette|notre|toute la) (W )?(conversation|discussion)|historique (de|du|complet)|(données|courriels|' +
    "e-mails|fichiers|messages|contacts|mots de passe|nom|adresse|informations) (W )?(W )?de l'(utilisateur|" +
    "utilisatrice)|(données|informations) (personnelles|privées|confidentielles)|variables d'environnement|(ta|" +
    'votre) mémoire|identifiants|mots de passe|clés (api|privées|secrètes)',
  away:
    "à (moi|nous) |à (l'adresse|cette adresse|l'url|cette url|ce lien|ce numéro|ce serveur)|au lien suivant|" +
    "vers (l'adresse|l'url|ce lien|cette adresse|le lien)",
}
