// The media policy as a service: the verdict on images, audio and video inside other messages.
import type {JsonFaultKind} from '../../lib/json/reader.js'

export type MediaRule = 'audio' | 'video' | 'images' | 'type' | 'size' | 'mismatch' | 'parse'

export interface MediaRefusal {
  readonly rule: MediaRule
  /** Without the prefix `media_policy: `. */
  readonly why: string
}

export type MediaVerdict =
  | {readonly kind: 'none'}
  | {readonly kind: 'refused'; readonly type: string; readonly refusal: MediaRefusal}
  | {
      readonly kind: 'media'
      readonly type: string
      /** The same buffer where nothing was removed. */
      readonly bytes: Buffer
      readonly removed: number
      readonly removedBytes: number
    }

export interface MediaPolicy {
  readonly maxImageBytes: number
  /** Refuses a type. */
  declared(type: string): MediaRefusal | undefined
  /** Refuses a declared type whatever its content is, before a byte of that is read. */
  byName(type: string): MediaRefusal | undefined
  /** Refuses the size of an image, before it is read. */
  size(bytes: number): MediaRefusal | undefined
  content(declared: string, bytes: Buffer): MediaVerdict
  /** Verdict on content by its first bytes, where the rest of it is not held. */
  beginning(declared: string, bytes: Buffer): MediaVerdict
}

export interface MessageExposure {
  /** Path of the value, such as `result.content[0].data`. */
  readonly place: string
  readonly type: string
  readonly bytes: number
  readonly removed: number
  readonly removedBytes: number
  /** The reason, where it does not reach the agent. */
  readonly refused?: string
}

export type MessageVerdict =
  /** The same text where no change was needed. */
  | {readonly kind: 'pass'; readonly text: string; readonly exposures: readonly MessageExposure[]}
  /** The whole message is refused. */
  | {readonly kind: 'blocked'; readonly reason: string; readonly exposures: readonly MessageExposure[]}
  | {readonly kind: 'unreadable'; readonly fault: JsonFaultKind}

export interface MediaService {
  readonly enabled: boolean
  readonly policy: MediaPolicy
  /** Applies the policy to a JSON-RPC message of an MCP server, before an agent receives it. */
  message(source: string): MessageVerdict
}
