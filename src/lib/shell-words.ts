// Command lines for a person to run: on a page, in a review, at the end of a command. What is copied is what is seen: a word
// with anything but printable ASCII is written by its bytes, so that no invisible character rides along into a terminal.

/** One word of a POSIX shell; bytes beyond printable ASCII in the form that bash, zsh and ksh know. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text) && !text.startsWith('-')) return text
  if (/^[ -~]*$/.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  let out = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const plain = byte > 0x1f && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
    out += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `$'${out}'`
}

/** A file as a word of its own, which no command takes for a flag. */
export function fileWord(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path)
}

/** A program with its arguments; plain flags stay as they are. */
export function argumentLine(program: string, args: readonly string[]): string {
  const word = (text: string): string => (/^--?[A-Za-z][\w-]*$/.test(text) ? text : shellWord(text))
  return [shellWord(program), ...args.map(word)].join(' ')
}

/** A value of a flag; with `=` where it could be taken for a flag of its own. */
function flag(name: string, value: string): string {
  return value.startsWith('-') ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`
}

/** `pipelock` with these words and flags; a flag without a value is left out. */
export function commandLine(
  words: string,
  ...flags: readonly (readonly [name: string, value: string | undefined])[]
): string {
  const given = flags.flatMap(([name, value]) => (value === undefined ? [] : [flag(name, value)]))
  return [`pipelock ${words}`, ...given].join(' ')
}
