// Operations of the commands on a folder and its manifest. A signature is checked over the very bytes that are then
// trusted, and created over the very bytes that were written.
import {lstatSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {readFileSecurely} from '../../core/key-source.js'
import type {Ports} from '../../core/ports.js'
import {writeFileAtomic} from '../../lib/atomic-file.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {compareTree, type Violation} from './compare.js'
import {excluder, mergeExcludes} from './exclude.js'
import {
  MANIFEST_NAME,
  manifestText,
  MAX_MANIFEST_BYTES,
  parseManifest,
  type Manifest,
  type ManifestItem,
} from './manifest.js'
import {readTree, type Item, type OnRead} from './tree.js'

export interface FolderRequest {
  readonly directory: string
  /** Default: `.integrity-manifest.json` in the directory. */
  readonly manifest?: string | undefined
  readonly onRead?: OnRead | undefined
}

export interface MakeRequest extends FolderRequest {
  readonly excludes: readonly string[]
  /** Signs the manifest's bytes as they are about to be written; undefined signs nothing. */
  readonly sign?: ((content: Buffer) => Buffer) | undefined
}

export interface UpdateRequest extends MakeRequest {
  /** Verifies the manifest against its signature. Throws. */
  readonly verify?: ((content: Buffer, signaturePath: string) => void) | undefined
}

export interface Made {
  readonly manifest: string
  readonly files: number
  readonly excludes: readonly string[]
  /** Path of the signature; null without one. */
  readonly signature: string | null
}

export interface Updated extends Made {
  readonly changes: readonly Violation[]
}

export interface Checked {
  readonly manifest: string
  readonly files: number
  readonly violations: readonly Violation[]
  /** A signature exists beside the manifest, checked or not. */
  readonly isSigned: boolean
}

export function workspaceTools(ports: Ports) {
  const now = (): string => formatSeconds(ports.clock.now())
  return {
    /** Creates the first manifest. Throws `file_exists` where there is one. */
    init(request: MakeRequest): Made {
      const place = placeOf(request)
      for (const path of [place.manifest, place.signature]) {
        if (lstatSync(path, {throwIfNoEntry: false})) {
          throw new PipelockError('file_exists', `${path} exists`, {
            hint: 'review the changes with integrity check, then record them with integrity update',
          })
        }
      }
      const excludes = mergeExcludes([], request.excludes)
      const files = recordable(treeOf(place, excludes, request))
      return write(place, {created: now(), updated: now(), files, excludes}, request.sign, true)
    },

    /** Compares; with `verify`, only a manifest with a valid signature is trusted. */
    check(request: FolderRequest & Pick<UpdateRequest, 'verify'>): Checked {
      const place = placeOf(request)
      const {manifest} = load(place, request.verify)
      const violations = compareTree(manifest.files, treeOf(place, manifest.excludes, request))
      return {manifest: place.manifest, files: manifest.files.size, violations, isSigned: isThere(place.signature)}
    },

    /** Records the current content of the folder, and returns the changes. */
    update(request: UpdateRequest): Updated {
      const place = placeOf(request)
      const isSigned = isThere(place.signature)
      if (request.sign && !isSigned) {
        // an attacker who can write the folder can remove a signature too: his patterns and files would then be signed
        throw new PipelockError('signature_invalid', `${place.manifest} has no signature: anyone may have written it`, {
          hint: 'inspect the folder, remove the manifest, and create a signed one with integrity init --sign',
        })
      }
      if (!request.sign && isSigned) {
        throw new PipelockError('usage', `${place.manifest} is signed: the update would invalidate its signature`, {
          hint: `pass --sign with --agent, or remove ${place.signature}`,
        })
      }
      const {manifest} = load(place, request.verify)
      const excludes = mergeExcludes(manifest.excludes, request.excludes)
      const files = recordable(treeOf(place, excludes, request))
      const made = write(place, {...manifest, updated: now(), files, excludes}, request.sign, false)
      return {...made, changes: compareTree(manifest.files, files)}
    },
  }
}

export type WorkspaceTools = ReturnType<typeof workspaceTools>

interface Place {
  readonly root: string
  readonly manifest: string
  readonly signature: string
}

function placeOf({directory, manifest}: FolderRequest): Place {
  const root = resolve(directory)
  const stat = statSync(root, {throwIfNoEntry: false})
  if (!stat?.isDirectory()) throw new PipelockError('file_not_found', `${root} is not a directory`)
  const path = manifest === undefined ? join(root, MANIFEST_NAME) : resolve(manifest)
  return {root, manifest: path, signature: `${path}.sig`}
}

const isThere = (path: string): boolean => lstatSync(path, {throwIfNoEntry: false}) !== undefined

function load(place: Place, verify: UpdateRequest['verify']): {readonly manifest: Manifest} {
  const content = readFileSecurely(place.manifest, {maxBytes: MAX_MANIFEST_BYTES})
  verify?.(content, place.signature)
  return {manifest: parseManifest(content)}
}

function treeOf(place: Place, excludes: readonly string[], {onRead}: FolderRequest): ReadonlyMap<string, Item> {
  const excluded = excluder(excludes)
  const own = ownPaths(place)
  try {
    return readTree(place.root, {excluded: (path) => own.has(path) || excluded(path), onRead})
  } catch (error) {
    // a folder in use: entries can vanish during the walk
    if (isErrno(error, 'ENOENT', 'ENOTDIR'))
      throw new PipelockError('file_unreadable', `${place.root} was changed while it was read: ${error.message}`)
    throw error
  }
}

/**
 * Paths of manifest and signature inside the folder: excluded by path, since a second name for them is an ordinary
 * file.
 */
function ownPaths({root, manifest, signature}: Place): ReadonlySet<string> {
  if (!isThere(dirname(manifest))) throw new PipelockError('file_not_found', `${dirname(manifest)} does not exist`)
  const below = relative(realpathSync(root), realpathSync(dirname(manifest)))
  if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) return new Set()
  return new Set([manifest, signature].map((path) => join(below, basename(path)).split(sep).join('/')))
}

/** A manifest records the content of files; a pipe or a device has none. */
function recordable(tree: ReadonlyMap<string, Item>): ReadonlyMap<string, ManifestItem> {
  const files = new Map<string, ManifestItem>()
  for (const [path, item] of tree) {
    if (item.kind === 'special') {
      throw new PipelockError('file_not_regular', `${path} is neither file, directory nor link`, {
        hint: 'remove it, or leave it out with --exclude',
      })
    }
    files.set(path, item)
  }
  return files
}

function write(place: Place, manifest: Manifest, sign: MakeRequest['sign'], exclusive: boolean): Made {
  const content = Buffer.from(manifestText(manifest))
  const signature = sign?.(content)
  try {
    writeFileAtomic(place.manifest, content, {mode: 0o600, exclusive})
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw new PipelockError('file_exists', `${place.manifest} exists`)
    if (isErrno(error, 'ELOOP', 'EINVAL'))
      throw new PipelockError('file_not_regular', `${place.manifest} is not a regular file`)
    throw error
  }
  // between the two writes a check with --verify fails: an unsigned manifest is never trusted
  if (signature) writeFileAtomic(place.signature, `${signature.toString('base64')}\n`, {mode: 0o644})
  const {files, excludes} = manifest
  return {manifest: place.manifest, files: files.size, excludes, signature: signature ? place.signature : null}
}
