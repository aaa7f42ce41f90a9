// Hosts of language models that count as such where the operator allows them: a prompt injection on its way to one is a
// prompt. The built-in providers, and those of the configuration, have their own plugin.
import {compileDomainList} from '../../lib/domain-list.js'

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

export function allowedProviders(allowlist: readonly string[]): (host: string) => boolean {
  const allowed = compileDomainList(allowlist)
  return (host) => KNOWN.match(host) !== undefined && allowed.match(host) !== undefined
}
