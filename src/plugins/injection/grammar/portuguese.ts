import type {LanguageTable} from './table.js'

export const PORTUGUESE: LanguageTable = {
  language: 'Portuguese',
  drop:
    'ignore|ignora|ignorem|ignorar|esqueça|esquece|esqueçam|desconsidere|desconsidera|desconsiderem|descarte|' +
    'descarta|desobedeça|despreze|deixe de (seguir|obedecer|cumprir)|pare de (seguir|obedecer|cumprir)|(não|' +
    'nao) (siga|sigas|obedeça|obedeças|cumpra|leve em conta|respeite|dê atenção)|abandone|deixe de lado|' +
    'passe por cima',
  instructions:
    'instruções|instrução|orientações|diretrizes|regras|ordens|comandos|normas|diretivas|restrições|mensagens',
  earlier:
    'anteriores|anterior|prévias|prévios|precedentes|acima|iniciais|originais|recebidas|que (você|te|lhe) (recebeu|' +
    'deram|foram dadas)|dadas (antes|anteriormente|até agora)|até agora',
  yours:
    '(as |todas as )?(suas|tuas) (W )?(instruções|diretrizes|regras|restrições|ordens|orientações)|(seu|' +
    'teu) (prompt|programação|prompt de sistema)',
  everything:
    'tudo (o )?que (veio antes|está acima|foi dito|te disseram|lhe disseram|você (ouviu|leu|aprendeu|recebeu))|' +
    'tudo (acima|o que foi dito antes|que está acima)|o que (te|lhe) (disseram|mandaram)',
  lapsed:
    '(não|nao|já não) (se aplicam|valem|são válidas|estão em vigor|contam)( mais)?|(foram|estão|' +
    'ficam) (W )?(revogadas|anuladas|canceladas|suspensas|sem efeito)|deixam de (valer|se aplicar)|' +
    'perderam a validade',
  reveal:
    'mostre|mostra|revele|revela|imprima|diga|diz|exiba|repita|repete|copie|escreva|transcreva|divulgue|resuma|' +
    'traduza|informe|conte|qual é|quais são',
  prompt:
    '(suas|tuas) (W )?(instruções|regras|diretrizes|orientações) (W )?(internas|ocultas|originais|iniciais|' +
    'secretas|de sistema|do sistema|completas)|(seu|teu) (prompt|prompt de sistema|prompt inicial)|prompt (do|' +
    'de) sistema|mensagem (do|de) sistema|instruções que (você|te|lhe) (recebeu|deram|foram dadas)',
  hide:
    '(não|nao|nunca) (W )?(diga|digas|conte|contes|mencione|informe|avise|revele|mostre|comunique|notifique)|' +
    'sem (que|contar|avisar|informar|dizer|notificar|o conhecimento)|esconda|oculte|omita',
  user: 'usuário|usuária|usuários|utilizador|utilizadores|humano|operador|dono da conta',
  become:
    '(a partir de agora|de agora em diante|doravante),(você|tu)? ?(é|será|és|serás|age|agirá|responderá|responda|' +
    'aja|atue)|(aja|atue|comporte-se|responda|finja|funcione) como|finja (que|ser)|imagine que você|' +
    'você não é mais|você (agora )?é (um|uma) (W )?(ia|assistente|modelo|chatbot|agente|personagem)',
  unbound:
    'sem (W )?(W )?(restrições|limites|filtros|regras|censura|limitações|normas|ética|moral)|' +
    'livre de (W )?(restrições|regras|limites|filtros)|(não|nao) tem (restrições|limites|regras|filtros)',
  addressed:
    'se (você|vocês|tu) (for|é|forem|fores|és) (um|uma) (W )?(W )?(ia|inteligência artificial|assistente|modelo|chatbot|agente|robô|bot)|' +
    '(assistentes|agentes|modelos|assistente|agente) (de ia|de linguagem|de inteligência artificial|virtuais)|' +
    '(ia|assistente|assistentes|modelo|agente|chatbot) que (leia|ler|lê|lerem|estiver|processe|resuma|analise)|' +
    '(qualquer|toda|prezada|cara|atenção|olá|prezado|caro) (ia|inteligência artificial|assistente|chatbot)|' +
    'como (assistente|modelo|agente) (de ia|de linguagem|virtual)',
  act:
    'envie|envia|mande|manda|abra|abre|execute|executa|visite|acesse|chame|leia|responda|escreva|inclua|adicione|' +
    'acrescente|recomende|recomendem|escolha|ignore|ignorem|apague|exclua|delete|baixe|siga|clique|deve|devem|deves|' +
    'precisa|copie|guarde|salve|lembre|diga|digam|encaminhe|publique|utilize|compre|aprove|autorize|avalie|' +
    'classifique|revele|faça',
  calls: {
    bare: 'llm|llms|agentes|bots|copilots|revisores (ia|llm)|modelo|modelos',
    names:
      'assistente|assistentes|chatbot|chatbots|copiloto|copilot|modelo de linguagem|modelos de linguagem|(assistente|assistentes|agente|agentes|modelo|modelos|sistema|sistemas) (de )?(ia|inteligência artificial|virtual|virtuais)|(querida|querido|prezada|prezado|olá|atenção) (ia|llm|modelo|assistente|agente|chatbot|inteligência artificial)',
    who: 'que|de|com',
    must: 'devem|deve|têm que|precisam',
    bids: 'não|nunca|jamais|pare de|deixe de|esqueça|esqueçam|ignore|ignorem|descarte|abandone|faça|faz|façam|aja|finja|responda|respondam|diga|digam|escreva|copie|mostre|revele|cite|repita|traduza|oculte|esconda|chame|execute|executem|use|usem|utilize|invoque|abra|abram|visite|acesse|entre|siga|sigam|carregue|baixe|envie|enviem|mande|encaminhe|junte|colete|peça|peçam|solicite|pergunte|exija|lembre|guarde|salve|anote|grave|recomende|recomendem|escolha|prefira|avalie|elogie|apague|exclua|desative|desligue|considere|trate|seu|sua|seus|suas|deve|devem|você|a partir|de agora|se alguém|quando|esta mensagem|este texto|o usuário|o utilizador|já não|largue|fiquem|fica|transforme|interprete|compartilhe|partilhe|acrescente|adicione|ponha|coloque|baixem|registre|registe|inclua|navegue|naveguem|prossiga|realize|cumpra|obedeça|adote|assuma|fale|falem|marque|aprove|transfira|pague|compre|reserve|confirme|mude|modifique|crie|gere|insira|anexe|entregue|extraia|busque|leia|leiam|aceite|autorize|venda|promova|destaque|apresente|mencione|nomeie|evite|omita|cale|pule|remova|rejeite|trabalhe|seja|agora|primeiro|elimine|obtenha|reúna|mantenha|tenha|desativem|deem|vá|vão|vocês',
    mine: 'seu (usuário|utilizador|operador|dono)|sua (memória|resposta|tarefa)|seus (usuários|limites|filtros|criadores)|suas (instruções|regras|ferramentas|restrições|diretrizes)|ao usuário|o usuário|a partir de agora|de agora em diante|instruções (anteriores|prévias)|sem (avisar|dizer|perguntar|limites|restrições|filtros)|mensagem de sistema|prompt',
    short: [
      {
        names: 'ia',
        orders:
          'ignora|ignore|ignorem|esqueça|esqueçam|recomende|recomendem|avalie|avaliem|prefira|elogie|envie|enviem|mande|encaminhe|transfira|revele|oculte|mencione|diga|digam|responda|respondam|abra|abram|visite|chame|execute|executem|apague|exclua|pague|compre|aprove|obedeça|lembre|copie|repita|mostre|escolha|classifique|trate|finja|colete',
      },
    ],
  },

  send:
    'envie|envia|enviar|mande|manda|encaminhe|publique|transmita|carregue|compartilhe|partilhe|anexe|inclua|passe|' +
    'remeta|entregue|poste',
  data:
    '(a|esta|toda a|nossa|essa) (W )?(conversa|conversação)|histórico (de|da|do|completo)|(dados|e-mails|emails|' +
    'arquivos|ficheiros|mensagens|contatos|contactos|senhas|nome|endereço|informações) (W )?d(o|a|' +
    'os) (W )?(usuário|usuária|utilizador|usuários)|(dados|informações) (pessoais|privados|privadas|confidenciais)|' +
    'variáveis de ambiente|(sua|tua) memória|credenciais|senhas|chaves (de api|privadas)',
  away:
    'para (mim|nós) |para (o|a|este|esta) (seguinte )?(endereço|url|link|e-mail|email|número)|' +
    'ao (seguinte )?(endereço|link)|neste (link|endereço|e-mail)',
}
