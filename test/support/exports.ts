// Which exported names of a file other files use, from their syntax trees.
import {dirname, join} from 'node:path/posix'
import ts from 'typescript'

/** `path` → names, `*` where all of a file may be used: as a namespace, by `import()`, or handed on. */
export type Uses = ReadonlyMap<string, ReadonlySet<string>>

export function usesIn(trees: ReadonlyMap<string, ts.SourceFile>): Uses {
  const uses = new Map<string, Set<string>>()
  for (const [path, source] of trees) {
    const add = (specifier: string, names: readonly string[]): void => {
      const target = targetOf(path, specifier)
      if (target === undefined) return
      const known = uses.get(target) ?? new Set()
      uses.set(target, known)
      for (const name of names) known.add(name)
    }
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
        add(node.moduleSpecifier.text, namesOf(node.importClause))
      } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
        const {exportClause} = node
        const isNamed = exportClause !== undefined && ts.isNamedExports(exportClause)
        add(node.moduleSpecifier.text, isNamed ? exportClause.elements.map(original) : ['*'])
      } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
        const {literal} = node.argument
        if (ts.isStringLiteral(literal)) add(literal.text, [node.qualifier?.getText(source) ?? '*'])
      } else if (ts.isStringLiteralLike(node) && isPath(node)) add(node.text, ['*'])
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return uses
}

/** A path that is given to `import()`, or to a function that loads. */
function isPath({text, parent}: ts.StringLiteralLike): boolean {
  return ts.isCallExpression(parent) && /\.[jt]s$/.test(text)
}

function original({name, propertyName}: ts.ImportSpecifier | ts.ExportSpecifier): string {
  return (propertyName ?? name).text
}

function namesOf(clause: ts.ImportClause | undefined): readonly string[] {
  const names = clause?.name === undefined ? [] : ['default']
  const bindings = clause?.namedBindings
  if (bindings === undefined) return names
  return ts.isNamespaceImport(bindings) ? [...names, '*'] : [...names, ...bindings.elements.map(original)]
}

/** `src/…/x.ts` for files of ours, built (`dist/…/x.js`, or a path below it) or not. */
function targetOf(from: string, specifier: string): string | undefined {
  const file = specifier.replace(/\.js$/, '.ts')
  if (specifier.startsWith('.')) return join(dirname(from), file).replace(/^dist\//, 'src/')
  return /^[a-z].*\/|^[a-z][\w-]*\.ts$/.test(file) ? `src/${file.replace(/^(?:src|dist)\//, '')}` : undefined
}

/** The values that a file exports by name; types stand in the signatures of what is exported. */
export function exportedValues(source: ts.SourceFile): readonly string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const {exportClause, isTypeOnly} = statement
      const isNamed = !isTypeOnly && exportClause !== undefined && ts.isNamedExports(exportClause)
      return isNamed ? exportClause.elements.filter((one) => !one.isTypeOnly).map(({name}) => name.text) : []
    }
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return []
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    if (!modifiers.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword)) return []
    if (modifiers.some(({kind}) => kind === ts.SyntaxKind.DefaultKeyword)) return []
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({name}) => bound(name))
    }
    const {name} = statement as ts.Statement & {readonly name?: ts.Identifier}
    return name === undefined ? [] : [name.text]
  })
}

function bound(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(element.name)))
}
