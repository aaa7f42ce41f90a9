// Property tests draw the same values in every run of `npm test`, so that a change fails by what it does and not by chance;
// `npm run test:slow` draws others each time. What it finds becomes an example of its property.
import fc from 'fast-check'
import {THOROUGH} from './thorough.js'

fc.configureGlobal(THOROUGH ? {} : {seed: 0x5eed})
