// Filter, choice and order of a list. Hidden until the script of the page shows it: without JavaScript it would do nothing.
import {html, type Html} from './markup.js'

export interface Toolbar {
  /** Prefix of the ids of its fields. */
  readonly id: string
  /** Id of the element whose items it acts on. */
  readonly scope: string
  readonly label: string
  readonly flags: readonly string[]
  readonly sorts: readonly (readonly [value: string, text: string])[]
}

export function toolbar({id, scope, label, flags, sorts}: Toolbar): Html {
  return html`<div class="tools" data-tools="${scope}" role="search" aria-label="${label}" hidden>
    <div>
      <label for="${id}-filter">${label}</label
      ><input id="${id}-filter" type="search" autocomplete="off" spellcheck="false" />
    </div>
    ${
      flags.length > 0 &&
      html`<div>
        <label for="${id}-flag">Only with</label
        ><select id="${id}-flag" data-flag>
          <option value="">anything</option>
          ${flags.map((flag) => html`<option>${flag}</option>`)}
        </select>
      </div>`
    }${
      sorts.length > 0 &&
      html`<div>
        <label for="${id}-sort">Sort by</label
        ><select id="${id}-sort" data-sort>
          ${sorts.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
        </select>
      </div>`
    }<output data-count></output>
  </div>`
}
