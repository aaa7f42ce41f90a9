// What commands can do with keys without a running firewall. A key store that is left out means the home directory.
import {isAbsolute, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Roster, RosterBody} from '../../formats/documents/roster.js'
import {indentedText} from '../../formats/documents/text.js'
import type {DirectoryKey} from '../../formats/key-directory.js'
import {checkKeyName, jsonKeyText, parseJsonKey, publicKeyFileText} from '../../formats/key-file.js'
import {isKeyPurpose, KEY_PURPOSES, type KeyPurpose} from '../../formats/key-purpose.js'
import {loadAnyKey} from '../../core/key-source.js'
import type {Ports} from '../../core/ports.js'
import {fingerprint, privateKeyFromSeed, sign, type PrivateKey, type PublicKey} from '../../lib/ed25519.js'
import {printable} from '../../lib/terminal.js'
import {formatSeconds} from '../../lib/timestamp.js'
import type {DirectoryRequest} from './directory-fetch.js'
import {authorizeRecoveryFile, loadRosterFile, verifyRecoveryFile, verifyTransitionFile} from './documents.js'
import {signFile, signaturePath, verifyContent, verifyFile} from './file-signature.js'
import {ceremonyKey, checkFingerprint, checkFutureTime, checkRosterHash, failingAs, type CeremonyKey} from './flags.js'
import {knownPublicKey, loadPair, ownPublicKey, publishPair, trustKey} from './keystore.js'
import {keyIdsFor, loadKeyById, loadRosterSigner, type KeyById, type RosterSigner} from './lookup.js'
import {makeFirstKeys, type FirstKeys, type FirstKeysRequest} from './first-keys.js'
import {refuseAliases, writeNew} from './output.js'
import {buildRoster, type RosterRequest} from './roster-build.js'

export interface FetchRequest extends Pick<DirectoryRequest, 'scheme' | 'host'> {
  readonly timeoutSeconds: number
  readonly keyId: string | undefined
  readonly use: string
  readonly fingerprint: string | undefined
  readonly out: string | undefined
  readonly force: boolean
}

export interface FetchedKeys {
  readonly url: string
  readonly keys: readonly ReturnType<typeof listed>[]
  /** Id of the requested key. */
  readonly chosen: string | undefined
  /** The chosen key has a fingerprint that the caller knew from elsewhere. */
  readonly pinned: boolean
  readonly out: string | undefined
}

function listed({keyId, use, key, notBefore, notAfter}: DirectoryKey, proven: ReadonlySet<string>) {
  return {
    key_id: keyId,
    use,
    public_key: key.hex,
    fingerprint: fingerprint(key.raw),
    not_before: notBefore === undefined ? null : formatSeconds(notBefore * 1000),
    not_after: notAfter === undefined ? null : formatSeconds(notAfter * 1000),
    proven: proven.has(keyId),
  }
}

export type SigningTools = ReturnType<typeof signingTools>

export function signingTools(ports: Ports) {
  const base = (keystore: string | undefined): string => resolve(keystore ?? ports.home)
  const newKey = () => privateKeyFromSeed(ports.random(32))

  const tools = {
    /** A new pair under a name; refused where there is one, unless `force`. */
    generatePair(keystore: string | undefined, name: string, force: boolean) {
      const key = newKey()
      const suffix = Buffer.from(ports.random(6)).toString('hex')
      const paths = publishPair(base(keystore), name, key, suffix, force)
      return {name, public_key: paths.public, private_key: paths.private, fingerprint: fingerprint(key.public.raw)}
    },

    trust(keystore: string | undefined, name: string, source: string, force: boolean) {
      const {path, key} = trustKey(base(keystore), name, source, force)
      return {name, path, fingerprint: fingerprint(key.raw)}
    },

    /** The key that signs contracts in the name of an agent; its key id is the name. */
    compileKey(keystore: string | undefined, name: string): {keyId: string; key: PrivateKey; path: string} {
      return {keyId: checkKeyName(name), ...loadPair(base(keystore), name)}
    },

    /** The stored public key of a signer id, or undefined where this store has none. An id that is no key name has none. */
    publicKeyOf(keystore: string | undefined, signerKeyId: string): PublicKey | undefined {
      try {
        return ownPublicKey(base(keystore), signerKeyId)
      } catch (error) {
        if (error instanceof PipelockError && error.code === 'key_name') return undefined
        throw error
      }
    },

    /** The same, or the public key that was trusted under this name. */
    trustedKeyOf(keystore: string | undefined, name: string): PublicKey | undefined {
      try {
        return knownPublicKey(base(keystore), name)
      } catch (error) {
        if (error instanceof PipelockError && ['key_missing', 'key_name'].includes(error.code)) return undefined
        throw error
      }
    },

    /** A signing key by id: agent key or JSON key file. */
    keyById: (keystore: string | undefined, keyId: string, purpose: KeyPurpose): KeyById =>
      loadKeyById(base(keystore), keyId, purpose),

    /** Ids of the JSON keys of a purpose, for commands that take the only one. */
    keyIds: (keystore: string | undefined, purpose: KeyPurpose): readonly string[] =>
      keyIdsFor(base(keystore), purpose),

    /** The same, held to what a roster says of the id now. */
    rosterSigner: (keystore: string | undefined, keyId: string, purpose: KeyPurpose, roster: Roster): RosterSigner =>
      loadRosterSigner(base(keystore), keyId, purpose, roster, ports.clock.now()),

    /** A roster file under its pinned root fingerprint. */
    loadRoster: loadRosterFile,

    signFile(keystore: string | undefined, agent: string | undefined, file: string) {
      const name = signerName(ports, agent)
      const {key} = loadPair(base(keystore), name)
      return {file, signature: signFile(file, key), agent: name, fingerprint: fingerprint(key.public.raw)}
    },

    /** Signs bytes as `signFile` would sign a file of them. */
    contentSigner(keystore: string | undefined, agent: string | undefined) {
      const name = signerName(ports, agent)
      const {key} = loadPair(base(keystore), name)
      return {agent: name, fingerprint: fingerprint(key.public.raw), sign: (content: Buffer) => sign(key, content)}
    },

    /** Holds bytes against a signature file; `verify` throws `signature_format` or `signature_invalid`. */
    contentVerifier(keystore: string | undefined, agent: string | undefined) {
      const name = signerName(ports, agent)
      const key = knownPublicKey(base(keystore), name)
      const verify = (content: Buffer, signatureFile: string): void => {
        const problem = verifyContent(content, signatureFile, key)
        if (problem === undefined) return
        throw new PipelockError(problem, `${signatureFile} holds no valid signature of ${name}`)
      }
      return {agent: name, fingerprint: fingerprint(key.raw), verify}
    },

    verifyFile(keystore: string | undefined, agent: string | undefined, file: string, signature: string | undefined) {
      const name = signerName(ports, agent)
      const key = knownPublicKey(base(keystore), name)
      const reason = verifyFile(file, signature ?? signaturePath(file), key)
      const common = {file, agent: name, fingerprint: fingerprint(key.raw)}
      return reason === undefined ? {valid: true as const, ...common} : {valid: false as const, ...common, reason}
    },

    /** A JSON key file; refused where there is a file, unless `force`. */
    generateKeyFile(purpose: string, out: string, id: string | undefined, force: boolean) {
      requireAbsolute(out)
      if (!isKeyPurpose(purpose)) {
        throw new PipelockError('usage', `--purpose must be one of ${KEY_PURPOSES.join(', ')}`)
      }
      const key = newKey()
      const text = jsonKeyText(key, purpose, ports.clock.now(), id === undefined ? undefined : checkKeyName(id))
      writeNew(out, text, 0o600, force)
      const {keyId} = parseJsonKey(Buffer.from(text, 'utf8'))
      return {purpose, key_id: keyId, fingerprint: fingerprint(key.public.raw), out}
    },

    /** Writes the public half of a key file as hex. */
    exportPublic(path: string, out: string, force: boolean) {
      requireAbsolute(out)
      refuseAliases(out, [path])
      const key = loadAnyKey(path)
      writeNew(out, `${key.public.hex}\n`, 0o644, force)
      const common = {public: key.public.hex, fingerprint: fingerprint(key.public.raw), out}
      return key.keyId === undefined ? common : {key_id: key.keyId, ...common}
    },

    /** The public key that a recorder with this key file signs with. */
    recorderPublicKey(path: string, out: string | undefined) {
      if (out !== undefined) refuseAliases(resolve(out), [path])
      const key = loadAnyKey(path)
      if (out !== undefined) writeNew(resolve(out), `${key.public.hex}\n`, 0o640, true)
      return {public: key.public.hex, fingerprint: fingerprint(key.public.raw), is_private: key.isPrivate}
    },

    buildRoster(request: Omit<RosterRequest, 'nowMs'>) {
      const nowMs = ports.clock.now()
      requireAbsolute(request.out)
      if (request.validUntil !== null) checkFutureTime('valid-until', request.validUntil, nowMs)
      return buildRoster({...request, nowMs})
    },

    verifyRosterFile(path: string, pin: string) {
      checkFingerprint('root-fingerprint', pin)
      const roster = failingAs('verify failed', () => loadRosterFile(path, pin))
      return {
        valid: true,
        keys: roster.keys.size,
        root_signed_by: roster.body.roster_signed_by,
        root_fingerprint: roster.rootFingerprint,
        roster_hash: roster.hash,
        canonicalization_variant: roster.variant,
        warnings: roster.warnings,
      }
    },

    /** The body of a verified roster, and its text made safe for a terminal. */
    showRoster(
      path: string,
      pin: string,
    ): {readonly body: RosterBody; readonly text: string; readonly warnings: readonly string[]} {
      checkFingerprint('root-fingerprint', pin)
      const {body, warnings} = failingAs('load failed', () => loadRosterFile(path, pin))
      // JSON escapes only some of what moves a cursor or reorders text
      return {body, text: indentedText(body).split('\n').map(printable).join('\n'), warnings}
    },

    /**
     * The key directory of a host, and the key that is requested from it: by id, by fingerprint, or
     * for a file.
     */
    async fetchDirectory(request: FetchRequest): Promise<FetchedKeys> {
      const {fingerprint: pin, keyId, out, force, use, timeoutSeconds, ...where} = request
      if (pin !== undefined) checkFingerprint('fingerprint', pin)
      if (out !== undefined) requireAbsolute(out)
      const [{fetchDirectory}, {chooseKey}] = await Promise.all([
        import('./directory-fetch.js'),
        import('../../formats/key-directory.js'),
      ])
      const nowSeconds = Math.floor(ports.clock.now() / 1000)
      const {url, keys, proven} = await fetchDirectory({...where, timeoutMs: timeoutSeconds * 1000, nowSeconds})
      const isSelecting = keyId !== undefined || pin !== undefined || out !== undefined
      const chosen = isSelecting ? chooseKey(keys, {keyId, fingerprint: pin, use, nowSeconds}) : undefined
      if (chosen && out !== undefined) writeNew(out, publicKeyFileText(chosen.key), 0o644, force)
      return {url, keys: keys.map((key) => listed(key, proven)), chosen: chosen?.keyId, pinned: pin !== undefined, out}
    },

    /** A key given by `--<flag>` or `--<flag>-file`. */
    ceremonyKey,

    verifyRecovery(
      path: string,
      {key}: CeremonyKey,
      pinnedFingerprint: string,
      targetRosterHash: string | undefined,
    ): void {
      checkFingerprint('pinned-fingerprint', pinnedFingerprint)
      if (targetRosterHash !== undefined) checkRosterHash('expected-target-roster-hash', targetRosterHash)
      const nowMs = ports.clock.now()
      failingAs('verify failed', () => verifyRecoveryFile(path, {key, pinnedFingerprint, targetRosterHash, nowMs}))
    },

    /** For whoever is about to trust another roster because of it: the roster must be named. */
    authorizeRecovery(path: string, key: PublicKey, pinnedFingerprint: string, targetRosterHash: string): void {
      authorizeRecoveryFile(path, {key, pinnedFingerprint, targetRosterHash, nowMs: ports.clock.now()})
    },

    verifyTransition(
      path: string,
      old: CeremonyKey,
      next: CeremonyKey,
      pinnedFingerprint: string | undefined,
      allowEarly: boolean,
    ): void {
      if (pinnedFingerprint !== undefined) checkFingerprint('pinned', pinnedFingerprint)
      const nowMs = ports.clock.now()
      const check = {oldKey: old.key, newKey: next.key, pinnedFingerprint, allowEarly, nowMs}
      failingAs('verify failed', () => verifyTransitionFile(path, check))
    },

    /** Text from a document, made safe for a terminal. */
    printable,

    /** The keys and the roster of a first agent, made where they are missing, in the home directory. */
    makeFirstKeys: (request: Omit<FirstKeysRequest, 'home'>): FirstKeys =>
      makeFirstKeys({home: ports.home, ...request}, tools),
  }
  return tools
}

function signerName(ports: Ports, agent: string | undefined): string {
  const name = agent ?? ports.env['PIPELOCK_AGENT']
  if (name) return name
  throw new PipelockError('usage', 'name the key with --agent or PIPELOCK_AGENT')
}

function requireAbsolute(out: string): void {
  if (!isAbsolute(out)) throw new PipelockError('usage', '--out must be an absolute path')
}
