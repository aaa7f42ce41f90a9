// Every row, in the order of the table.
import {rows as body} from './body.mjs'
import {rows as cli} from './cli.mjs'
import {rows as contract} from './contract.mjs'
import {rows as cross} from './cross.mjs'
import {rows as evidence} from './evidence.mjs'
import {rows as growth} from './growth.mjs'
import {rows as install} from './install.mjs'
import {rows as learn} from './learn.mjs'
import {rows as proxy} from './proxy.mjs'
import {rows as response} from './response.mjs'
import {rows as shield} from './shield.mjs'
import {rows as stall} from './stall.mjs'
import {rows as text} from './text.mjs'
import {rows as url} from './url.mjs'

export const ROWS = [
  ...url,
  ...growth,
  ...cross,
  ...text,
  ...response,
  ...shield,
  ...body,
  ...proxy,
  ...stall,
  ...evidence,
  ...learn,
  ...cli,
  ...contract,
  ...install,
]
