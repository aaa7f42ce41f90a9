// The floor that no configuration removes, by the names of findings.
export const CORE_RULES: readonly string[] = [
  'AWS Access ID',
  'AWS Access Key ID',
  'AWS Secret Key',
  'GCP Service Account Key',
  'GitHub Token',
  'GitHub Fine-Grained PAT',
  'GitLab PAT',
  'Slack Token',
  'Private Key Header',
  'Prompt Injection',
  'System Override',
  'Role Override',
  'Hidden Instruction',
  'Credential Solicitation',
  'Credential Path Directive',
  'Covert Action Directive',
  'Instruction Boundary',
]

const core = new Set(CORE_RULES.map((name) => name.toLowerCase()))

/** In any case; white space around it does not make it another rule. */
export function isCoreRule(name: string): boolean {
  return core.has(name.trim().toLowerCase())
}
