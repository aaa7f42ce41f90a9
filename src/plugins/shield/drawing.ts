// What an SVG document may not have: scripts, other documents inside, handlers, references to anywhere else, animations of
// either. One tag at a time; names without their prefixes, which a document is free to choose.
import type {XmlAttribute, XmlTag} from './markup/xml-reader.js'
import {STRIPPED, withoutReferences} from './css.js'
import type {Category, Removals} from './removals.js'

const SCRIPTS = new Set(['script', 'handler', 'listener'])
/** Elements of other languages that load or send something, in a drawing only by way of a prefix. */
const FOREIGN = new Set(
  'foreignobject iframe frame object embed audio video source img input button form link meta base portal'.split(' '),
)
const ANIMATIONS = new Set(['animate', 'set', 'animatetransform', 'animatemotion', 'animatecolor', 'discard'])

/** Why an element goes with all that is in it. */
export function forbidden({local, attrs}: XmlTag): Category | undefined {
  if (FOREIGN.has(local)) return 'svg_foreign_objects'
  if (SCRIPTS.has(local)) return 'svg_scripts'
  if (!ANIMATIONS.has(local)) return undefined
  const target =
    attrs
      .find(({name}) => localName(name) === 'attributename')
      ?.value.trim()
      .toLowerCase() ?? ''
  return /^(?:[^:]*:)?(?:on|href$|src$|base$|style$)/.test(target) ? 'svg_animation_injections' : undefined
}

const ACTIVE = /^[\s\x00-\x1f]*(?:javascript|data|vbscript|blob|file)[\s\x00-\x1f]*:/i

/** The value that stays; undefined: the attribute goes; the same value: nothing changes. */
export function drawingValue({name, value}: XmlAttribute, matches: Removals): string | undefined {
  const local = localName(name)
  if (local.startsWith('on')) {
    matches.add('svg_event_handlers', value.length)
    return undefined
  }
  if (name.startsWith('xmlns')) return value
  if (local === 'src' || local === 'srcset' || local === 'base' || local === 'ping') {
    matches.add('svg_external_references', value.length)
    return undefined
  }
  const isReference = local === 'href' && !/^\s*(?:#|$)/.test(value)
  if (isReference || ACTIVE.test(value.replace(/[\t\n\r]/g, ''))) {
    matches.add('svg_external_references', value.length)
    return STRIPPED
  }
  return withoutReferences(value, matches)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase()
}
