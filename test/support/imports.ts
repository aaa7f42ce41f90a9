// The imports of every source file, from its syntax tree: for the tests of the rooms and of the start-up cost.
import {dirname, join} from 'node:path/posix'
import ts from 'typescript'
import {sourceTrees} from './source-code.js'

export interface Import {
  /** `src/…/x.ts` for files of ours, else the specifier. */
  readonly target: string
  readonly isOurs: boolean
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

export interface SourceFacts {
  /** `src/…/x.ts` */
  readonly path: string
  readonly imports: readonly Import[]
  readonly hasDefaultExport: boolean
}

export function readSources(): ReadonlyMap<string, SourceFacts> {
  return new Map([...sourceTrees('src')].map(([path, source]) => [path, read(path, source)]))
}

function read(path: string, source: ts.SourceFile): SourceFacts {
  const imports: Import[] = []
  let hasDefaultExport = false
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean): void => {
    const isOurs = specifier.startsWith('.')
    const target = isOurs ? join(dirname(path), specifier).replace(/\.js$/, '.ts') : specifier
    imports.push({target, isOurs, typeOnly, dynamic})
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, false)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.isTypeOnly, false)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments
      if (name && ts.isStringLiteral(name)) add(name.text, false, true)
    } else if (ts.isCallExpression(node) && isRequire(node.expression)) {
      const [name] = node.arguments
      if (name && ts.isStringLiteral(name)) add(name.text, false, true)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const {literal} = node.argument
      if (ts.isStringLiteral(literal)) add(literal.text, true, false)
    } else if (ts.isExportAssignment(node)) hasDefaultExport = true
    else if (ts.canHaveModifiers(node)) {
      if (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)) hasDefaultExport = true
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return {path, imports, hasDefaultExport}
}

/** `require('x')`, or `createRequire(…)('x')` for an optional native package. */
function isRequire(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'require'
  return ts.isCallExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'createRequire'
}

/** Files that are loaded with `path`. */
export function staticClosure(path: string, sources: ReadonlyMap<string, SourceFacts>): ReadonlySet<string> {
  const visited = new Set<string>()
  const queue = [path]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (visited.has(next)) continue
    visited.add(next)
    for (const i of sources.get(next)?.imports ?? []) if (i.isOurs && !i.typeOnly && !i.dynamic) queue.push(i.target)
  }
  return visited
}

/**
 * Groups of files that import one another, by value, type or `import()`: the strongly connected components of more than
 * one file (Tarjan). Files of a group are sorted, and groups by their first file.
 */
export function importCycles(sources: ReadonlyMap<string, SourceFacts>): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const open: string[] = []
  const cycles: string[][] = []
  const visit = (path: string): number => {
    const number = order.size
    let low = number
    order.set(path, number)
    open.push(path)
    for (const {target, isOurs} of sources.get(path)?.imports ?? []) {
      if (!isOurs || !sources.has(target)) continue
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low)
    }
    if (low === number) {
      const group = open.splice(open.indexOf(path))
      if (group.length > 1) cycles.push(group.sort())
    }
    return low
  }
  for (const path of sources.keys()) if (!order.has(path)) visit(path)
  return cycles.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
}

/** npm packages that are loaded with `path`. */
export function staticPackages(path: string, sources: ReadonlyMap<string, SourceFacts>): readonly string[] {
  const packages = [...staticClosure(path, sources)].flatMap((file) =>
    (sources.get(file)?.imports ?? [])
      .filter((i) => !i.isOurs && !i.typeOnly && !i.dynamic)
      .map((i) => packageOf(i.target)),
  )
  return [...new Set(packages.filter((name) => name !== undefined))].sort()
}

/** undefined for modules of the runtime. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
