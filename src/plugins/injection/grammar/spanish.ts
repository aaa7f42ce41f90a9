import type {LanguageTable} from './table.js'

export const SPANISH: LanguageTable = {
  language: 'Spanish',
  drop:
    'ignora|ignore|ignoren|ignorar|olvida|olvide|olviden|olvídate de|olvídese de|descarta|descarte|desestima|' +
    'desestime|omite|omita|desobedece|desobedezca|deja de (seguir|obedecer|aplicar)|deje de (seguir|obedecer|' +
    'aplicar)|no (sigas|siga|obedezcas|obedezca|hagas caso|haga caso|respetes|tengas en cuenta|tenga en cuenta|' +
    'cumplas)|pasa por alto|pase por alto|prescinde de',
  instructions:
    'instrucciones|instrucción|indicaciones|directivas|directrices|reglas|órdenes|normas|pautas|consignas|' +
    'restricciones|mensajes',
  earlier:
    'anteriores|anterior|previas|previos|precedentes|de arriba|recibidas|iniciales|originales|que (te|se te|le|' +
    'se le) (dieron|han dado|dio|indicaron)|dadas (antes|hasta ahora)|hasta ahora',
  yours:
    'tus (W )?(instrucciones|directrices|directivas|reglas|restricciones|órdenes|pautas)|tu (prompt|programación|' +
    'configuración inicial)|sus (instrucciones|directrices) (de sistema|del sistema|iniciales|originales)',
  everything:
    'todo lo (anterior|que (te|se te|le) (dijeron|han dicho|dijo|ordenaron)|que aparece arriba|previo|de arriba)|' +
    'lo que (te|se te) (dijeron|han dicho|ordenaron|indicaron)|cuanto (te|se te) (dijeron|ordenaron)',
  lapsed:
    'ya no (se aplican|son válidas|valen|rigen|cuentan|tienen validez)|(quedan|han sido|están) (anuladas|revocadas|' +
    'canceladas|suspendidas|derogadas|sin efecto)|dejan de (aplicarse|valer)',
  reveal:
    'muestra|muestre|muéstrame|revela|revele|revélame|imprime|imprima|dime|diga|escribe|escriba|repite|repita|' +
    'copia|transcribe|transcriba|divulga|resume|traduce|enséñame|cuéntame|cuál es|cuáles son',
  prompt:
    'tus (W )?(instrucciones|reglas|directrices|indicaciones) (W )?(internas|ocultas|originales|iniciales|secretas|' +
    'de sistema|del sistema|completas)|tu (prompt|mensaje de sistema|mensaje inicial|configuración inicial|' +
    'configuración interna)|(instrucciones|reglas) que (te|se te) (dieron|han dado)|' +
    'el texto de arriba (palabra por palabra|literalmente|tal cual)',
  hide:
    'no (W )?(W )?(digas|diga|cuentes|cuente|menciones|mencione|informes|informe|avises|avise|reveles|revele|' +
    'muestres|comuniques|notifiques)|sin (que|decírselo|avisar|informar|decirle|contárselo|notificar|que lo sepa|' +
    'que se entere)|oculta|oculte|esconde',
  user: 'usuario|usuaria|usuarios|humano|operador|propietario|dueño de la cuenta',
  become:
    '(a partir de ahora|desde ahora|de ahora en adelante),(eres|serás|actúas|actuarás|responderás|responde|' +
    'te comportarás|actúa)|(actúa|compórtate|responde|finge|haz) como|finge (que|ser)|imagina que eres|ya no eres|' +
    'eres (ahora )?(un|una) (W )?(ia|asistente|modelo|chatbot|agente|personaje)',
  unbound:
    'sin (W )?(W )?(restricciones|límites|filtros|reglas|censura|limitaciones|normas|ética|moral)|(un|' +
    'una) (asistente|ia|modelo|chatbot) (con|de) (W )?(reglas|restricciones)|no tiene (restricciones|límites|' +
    'reglas)|libre de (W )?(restricciones|reglas|límites|filtros)',
  addressed:
    'si (eres|sois|es usted|usted es) (un|una) (W )?(W )?(ia|inteligencia artificial|asistente|modelo|chatbot|agente|bot)|' +
    '(asistentes|agentes|modelos|asistente|agente) (de ia|de lenguaje|de inteligencia artificial|virtuales)|' +
    '(ia|asistente|asistentes|modelo|agente|chatbot) que (lea|lean|lee|lees|procese|resuma|analice)|' +
    '(cualquier|toda|estimada|querida|atención|hola|querido|estimado) (ia|inteligencia artificial|asistente|chatbot)|' +
    'como (asistente|modelo|agente) (de ia|de lenguaje|virtual)',
  act:
    'envía|envíe|envíen|manda|mande|abre|abra|abran|ejecuta|ejecute|ejecuten|visita|visite|llama|llame|responde|' +
    'responda|respondan|escribe|escriba|incluye|incluya|añade|añada|recomienda|recomiende|recomienden|elige|elija|' +
    'ignora|ignore|ignoren|borra|borre|elimina|elimine|descarga|descargue|sigue|siga|pulsa|haz clic|haga clic|debes|' +
    'debe|deben|tienes que|copia|copie|guarda|guarde|recuerda|recuerde|diga|digan|reenvía|reenvíe|publica|publique|' +
    'utiliza|compra|compre|aprueba|apruebe|autoriza|valora|califica|califique',
  calls: {
    bare: 'llm|llms|agentes|bots|copilots|revisores (ia|llm)|modelo|modelos',
    names:
      'asistente|asistentes|chatbot|chatbots|copiloto|copilot|modelo de lenguaje|modelos de lenguaje|(asistente|asistentes|agente|agentes|modelo|modelos|sistema|sistemas) (de )?(ia|inteligencia artificial|virtual|virtuales)|(querida|querido|estimada|estimado|hola|atención) (ia|llm|modelo|asistente|agente|chatbot|inteligencia artificial)',
    who: 'que|de|con',
    must: 'deben|debe|debes|tienen que|han de',
    bids: 'no (le|lo|la|les|se|te|hagas|haga|digas|diga|menciones|mencione|avises|informes|preguntes|sigas|obedezcas|cuentes|muestres|apliques|hables|reveles)|nunca|jamás|deja de|dejen de|olvida|olvide|olviden|ignora|ignore|ignoren|descarta|abandona|haz|haga|hagan|actúa|actúe|finge|responde|responda|respondan|contesta|conteste|diga|digan|dile|dígale|escribe|escriba|copia|copie|muestra|muestre|revela|revele|cita|repite|repita|traduce|oculta|calla|llama|llame|ejecuta|ejecute|usa|use|usen|utiliza|invoca|abre|abra|abran|visita|visite|entra|sigue|siga|carga|descarga|envía|envíe|envíen|manda|mande|reenvía|sube|recopila|pide|pida|pidan|solicita|solicite|pregunta|exige|recuerda|recuerde|guarda|guarde|anota|recomienda|recomiende|recomienden|elige|elija|prefiere|puntúa|valora|elogia|borra|elimina|desactiva|desactive|quita|considera|trata|ten|tus|sus|debes|debe|deben|eres|desde ahora|a partir de|si alguien|si te|cuando|este mensaje|este texto|esta nota|el usuario|ya no|usad|haced|hagan|decid|poned|dad|queda|quedas|conviértete|conviértase|interpreta|interprete|comparte|comparta|añade|añada|pon|ponga|pongan|baja|baje|descargue|registra|registre|mete|meta|incluye|incluya|apaga|apague|navega|naveguen|procede|proceda|realiza|realice|cumple|cumpla|obedece|obedezca|adopta|asume|habla|hable|hablad|marca|aprueba|apruebe|transfiere|transfiera|paga|compra|reserva|confirma|cambia|modifica|crea|genera|inserta|inserte|agrega|agregue|adjunta|adjunte|entrega|extrae|extraiga|busca|lee|lea|acepta|autoriza|vende|promociona|destaca|presenta|menciona|nombra|evita|omite|salta|quite|rechaza|trabaja|sé|seas|ahora|primero|quedan|desactivad|dejad|id|sois',
    mine: 'tu (usuario|usuaria|memoria|respuesta|resumen|operador|dueño|tarea)|tus (instrucciones|reglas|usuarios|herramientas|restricciones|directrices|normas|filtros|límites|órdenes)|su (usuario|memoria|respuesta|resumen)|sus (instrucciones|reglas|herramientas|restricciones|usuarios)|al usuario|el usuario|a partir de ahora|desde ahora|instrucciones (previas|anteriores)|sin (avisar|decir|preguntar|límites|restricciones|filtros)|mensaje de sistema|prompt',
    short: [
      {
        names: 'ia',
        orders:
          'ignora|ignore|ignoren|olvida|olvide|olviden|recomienda|recomiende|recomienden|valore|prefiere|prefiera|elogia|elogie|envía|envíe|envíen|reenvía|reenvíe|transfiere|transfiera|revela|revele|oculta|oculte|menciona|mencione|diga|digan|responde|responda|abra|abran|visite|llame|ejecuta|ejecute|borre|elimina|elimine|paga|pague|compre|aprueba|apruebe|acepta|acepte|obedece|obedezca|recuerda|recuerde|copie|repite|repita|muestre|elige|elija',
      },
    ],
  },

  send:
    'envía|envíe|enviar|manda|mande|reenvía|reenvíe|publica|publique|transmite|transmita|sube|suba|comparte|' +
    'comparta|adjunta|incluye|pasa|remite|entrega',
  data:
    '(la|esta|toda la|nuestra|tu) (W )?(conversación|charla)|historial (de|del|completo)|(datos|correos|archivos|' +
    'mensajes|contactos|contraseñas|nombre|dirección|correo|información) (W )?del? (W )?usuario|(datos|' +
    'información) (personales|privados|privadas|confidenciales|confidencial|privada|personal)|variables de entorno|' +
    'tu (memoria|contexto)|credenciales|contraseñas|claves (de api|privadas|secretas)',
  away:
    'a (mí|nosotros) |a (la|esta) (siguiente )?(dirección|url)|al (siguiente )?(enlace|correo|servidor externo)|' +
    'a este (enlace|correo|número)',
}
