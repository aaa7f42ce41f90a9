// Whether an expression can tell where a text begins or ends: it matches otherwise when several texts are scanned as one.

/** Takes too much for anchored rather than too little: `\^` is told from `^`, and so is the caret of a class. */
export function isAnchored(regex: string): boolean {
  if (/\\[Az]/.test(regex)) return true
  return /[\^$]/.test(regex.replace(/\\[\s\S]/g, '').replace(/\[\^?\]?[^\]]*\]/g, ''))
}
