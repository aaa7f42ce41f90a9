// What the pages do when JavaScript runs: copy buttons, filter, sort. It reads text and moves nodes, and never makes markup
// out of text. Everything it adds is a button that the keyboard reaches; what it did is said in the live region.

export const BEHAVIOUR = String.raw`
'use strict'
const said = document.getElementById('said')
const say = (text) => { said.textContent = ''; setTimeout(() => { said.textContent = text }, 50) }

const copyText = async (text) => {
  try { await navigator.clipboard.writeText(text); return true } catch { }
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}

const addCopy = (root) => {
  for (const box of root.querySelectorAll('.cmd:not([data-ready])')) {
    box.dataset.ready = ''
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = 'Copy'
    const label = box.dataset.label
    button.setAttribute('aria-label', label ? 'Copy: ' + label : 'Copy the command')
    button.addEventListener('click', async () => {
      const copied = await copyText(box.querySelector('code').textContent)
      button.textContent = copied ? 'Copied' : 'Select it by hand'
      say(copied ? 'Copied' : 'Copying was refused')
      setTimeout(() => { button.textContent = 'Copy' }, 2000)
    })
    box.append(button)
  }
}

// a hash is there whole, for searching and for paper; on the screen it is cut, with a button that copies all of it
const shortenHash = (code) => {
  code.classList.add('short')
  code.title = code.textContent
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.setAttribute('aria-label', 'Copy the hash')
  button.addEventListener('click', async () => {
    const copied = await copyText(code.textContent)
    button.textContent = copied ? 'Copied' : 'Select it by hand'
    say(copied ? 'Copied' : 'Copying was refused')
    setTimeout(() => { button.textContent = 'Copy' }, 2000)
  })
  code.after(button)
}
for (const code of document.querySelectorAll('code.hash')) shortenHash(code)

// buttons are made when a rule is opened: a page may hold thousands
document.addEventListener('toggle', (event) => { if (event.target.open) addCopy(event.target) }, true)
for (const box of document.querySelectorAll('.cmd')) if (!box.closest('details:not([open])')) addCopy(box.parentElement)

for (const tools of document.querySelectorAll('[data-tools]')) {
  tools.hidden = false
  const scope = document.getElementById(tools.dataset.tools)
  const items = [...scope.querySelectorAll('[data-item]')]
  const groups = [...scope.querySelectorAll('[data-group]')]
  const count = tools.querySelector('[data-count]')
  const box = tools.querySelector('input')
  const sort = tools.querySelector('[data-sort]')
  const flag = tools.querySelector('[data-flag]')
  const texts = new Map()
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase())
    return texts.get(item)
  }
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean)
    const wanted = flag ? flag.value : ''
    let shown = 0
    for (const item of items) {
      const hit = (wanted === '' || (' ' + item.dataset.flags + ' ').includes(' ' + wanted + ' ')) &&
        (words.length === 0 || words.every((word) => textOf(item).includes(word)))
      item.hidden = !hit
      if (hit) shown++
    }
    const filtering = words.length > 0 || wanted !== ''
    for (const group of groups) {
      const any = group.querySelector('[data-item]:not([hidden])') !== null
      group.hidden = filtering && !any
      if (filtering && any && group.tagName === 'DETAILS') group.open = true
    }
    const text = filtering ? shown + ' of ' + items.length + ' shown' : items.length + ' in all'
    count.textContent = text
    return text
  }
  const order = () => {
    const [key, direction] = sort.value.split(' ')
    const sign = direction === 'down' ? -1 : 1
    const lists = new Set(items.map((item) => item.parentElement))
    for (const list of lists) {
      const own = [...list.children].filter((child) => child.matches('[data-item]'))
      const value = (item) => Number(item.dataset[key])
      own.sort((a, b) => sign * (value(a) - value(b)) || Number(a.dataset.at) - Number(b.dataset.at))
      list.append(...own)
    }
  }
  let waiting = 0
  box.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => say(filter()), 120) })
  if (flag) flag.addEventListener('change', () => say(filter()))
  if (sort) sort.addEventListener('change', () => { order(); say('Sorted by ' + sort.selectedOptions[0].textContent) })
  filter()
}

// paper cannot be unfolded, so the reader's own choice is printed, with the sections opened
window.addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('details[data-print]:not([open])')) { part.open = true; part.dataset.was = '' }
})
window.addEventListener('afterprint', () => {
  for (const part of document.querySelectorAll('details[data-was]')) { part.open = false; delete part.dataset.was }
})
`
