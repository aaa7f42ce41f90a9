// Writes down what the schemas make of no configuration at all, and what their keys declare, so that a command without a
// configuration need not load them. What JSON cannot hold fails the build; a member without a value is none.
import {deepStrictEqual} from 'node:assert'
import {writeFileSync} from 'node:fs'
import {defaultsOfSchemas} from '../dist/host/config/load.js'

const {sections: all, facts} = await defaultsOfSchemas()
const sections = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
const text = JSON.stringify({sections, facts})
deepStrictEqual(JSON.parse(text), {sections, facts}, 'the built-in defaults are no plain JSON')
writeFileSync(new URL('../dist/defaults.json', import.meta.url), `${text}\n`)
