// Hosts of language models: a prompt injection on its way to one is a prompt (scanning §5.2, §9.6). Built in; whatever else
// a configuration names is asked of its own plugin.
import {compileDomainList} from '../../lib/domain-list.js'

/** Always, whatever the allowlist says. */
const PROVIDERS = compileDomainList([
  'api.anthropic.com',
  'api.openai.com',
  'generativelanguage.googleapis.com',
  '*.generativelanguage.googleapis.com',
])

/** Only where `api_allowlist` covers them, too. */
const KNOWN = compileDomainList([
  '*.anthropic.com',
  '*.openai.com',
  '*.fireworks.ai',
  '*.together.ai',
  '*.together.xyz',
  '*.groq.com',
  '*.x.ai',
  '*.replicate.com',
  '*.huggingface.co',
  '*.openai.azure.com',
  '*.mistral.ai',
  '*.cohere.com',
  '*.cohere.ai',
  '*.deepseek.com',
  '*.perplexity.ai',
  'openrouter.ai',
  '*.openrouter.ai',
])

export function providerTest(allowlist: readonly string[]): (host: string) => boolean {
  const allowed = compileDomainList(allowlist)
  return (host) =>
    PROVIDERS.match(host) !== undefined || (KNOWN.match(host) !== undefined && allowed.match(host) !== undefined)
}
