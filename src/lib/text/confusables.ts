// Characters of other scripts that are read as ASCII letters, after NFKC, which does not fold across scripts.

const GROUPS =
  // Cyrillic
  'һh АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT УY ХX аa вv еe нh іi кk мm оo рp сc тt уy хx јj ѕs ԁd ԛq ԝw ' +
  // Greek
  'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa εe ιi κk νv οo ' +
  // Armenian, Cherokee
  'ՕO օo ՏS սu հh ոn ցg ' +
  'ᎪA ᎢI ᏢP ᏚS ᎬE ᎳW ᏔT Ꭵi Ꮒh ' +
  // strokes, dotless and script letters
  'ØO øo ĐD đd ŁL łl ĦH ħh ŦT ŧt ıi ɡg ƅb ' +
  // further Cyrillic, Greek and phonetic letters
  'ѡw ѵv ѴV үy ҮY ҽe ӀI ӏl ԌG ԚQ ԜW ςs ϳj ɑa ɩi ᴑo ǀl ' +
  // Cherokee, Lisu and Coptic capitals
  'ᎡR ᎫJ ᎷM ᎻH ᏀG ᏃZ ᏒR ᏕS ᏙV ᏞL ᏟC ᏦK ᏴB ' +
  'ꓐB ꓑP ꓓD ꓔT ꓖG ꓗK ꓙJ ꓚC ꓜZ ꓝF ꓟM ꓠN ꓡL ꓢS ꓣR ꓦV ꓧH ꓪW ꓫX ꓬY ꓮA ꓰE ꓲI ꓳO ꓴU ' +
  'ⲀA ⲂB ⲈE ⲎH ⲒI ⲔK ⲘM ⲚN ⲞO ⲢP ⲤC ⲦT ⲨY ⲬX ⲟo ⲣp ⲥc ' +
  // the rest of UTS 39 for letters that stand in words
  'Ƅb Ꮟb ᑲb ϲc ϹC Ꮷd ᑯd ꓒd ℮e ꬲe ꞙf ꬵf քf ꞘF ϜF ᖴF ᶃg ƍg ⍳i ĸk Ɩl ∣l ᛁl ռn σo ჿo ρp ⍴p գq զq ᴦr ⲅr ƽs τt ' +
  'υu ʋu ∨v ⋁v աw ×x ᕁx ⨯x γy ỿy ყy ᶌy ᎠD ᗞD ᗪD ᒪL ∪U ⋃U ሀU ᑌU ՍU ᐯV ⊤T ╳X ᙭X ᕼH ᒍJ ᗰM ᑭP ᖇR ƦR ᗷB ᗅA ' +
  // small capitals
  'ᴀA ʙB ᴄC ᴅD ᴇE ꜰF ɢG ʜH ɪI ᴊJ ᴋK ʟL ᴍM ɴN ᴏO ᴘP ʀR ꜱS ᴛT ᴜU ᴠV ᴡW ʏY ᴢZ'

const MAP = new Map<string, string>()
for (const pair of GROUPS.split(' ')) {
  const [from, to] = pair
  if (from !== undefined && to !== undefined) MAP.set(from, to)
}
for (let i = 0; i < 26; i++) {
  const letter = String.fromCharCode(0x41 + i)
  MAP.set(String.fromCodePoint(0x1f150 + i), letter)
  MAP.set(String.fromCodePoint(0x1f170 + i), letter)
  MAP.set(String.fromCodePoint(0x1f1e6 + i), letter)
}

/** By UTF-16 unit: 1 where a look-alike may begin. */
const BEGINS = new Uint8Array(0x10000)
for (const from of MAP.keys()) BEGINS[from.charCodeAt(0)] = 1

/** Replaces look-alikes; other characters stay, and are copied by the run: one by one each would be a string of its own. */
export function foldConfusables(text: string): string {
  let out = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    if (BEGINS[text.charCodeAt(i)] !== 1) continue
    const character = String.fromCodePoint(text.codePointAt(i) ?? 0)
    const letter = MAP.get(character)
    if (letter === undefined) continue
    out += text.slice(from, i) + letter
    from = i + character.length
    i = from - 1
  }
  return from === 0 ? text : out + text.slice(from)
}
