// Writes down what the schemas make of no configuration at all, so that a command without one need not load them. What JSON
// cannot hold fails the build; a member without a value is none.
import {deepStrictEqual} from 'node:assert'
import {writeFileSync} from 'node:fs'
import {defaultSections} from '../dist/host/config/load.js'

const all = Object.entries(await defaultSections())
const sections = Object.fromEntries(all.filter(([, value]) => value !== undefined))
const text = JSON.stringify(sections)
deepStrictEqual(JSON.parse(text), sections, 'the built-in defaults are no plain JSON')
writeFileSync(new URL('../dist/defaults.json', import.meta.url), `${text}\n`)
