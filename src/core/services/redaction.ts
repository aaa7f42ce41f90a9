// Redaction as a service: which hosts are model providers. Bodies are redacted by its hooks.

export interface RedactionService {
  readonly enabled: boolean
  readonly providers: {
    /** A profile names the host, regardless of the path: the destination is a model provider. */
    isProviderHost(host: string): boolean
  }
}
