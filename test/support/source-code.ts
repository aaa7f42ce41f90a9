// The syntax trees of the repository, for the tests of the house that look at imports, declarations and names.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Trees of files: several tests read all of src, and to parse it takes a second. */
const trees = new Map<string, ts.SourceFile>()

/** Syntax trees by path (`src/…/x.ts`) of the files below `folders`. */
export function sourceTrees(...folders: readonly string[]): ReadonlyMap<string, ts.SourceFile> {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map((file) => `${folder}/${file}`),
  )
  const files = paths.filter((path) => /\.(?:ts|m?js)$/.test(path)).map((path) => path.replaceAll('\\', '/'))
  return new Map(files.map((path) => [path, treeOf(path)]))
}

function treeOf(path: string): ts.SourceFile {
  const known = trees.get(path)
  if (known) return known
  const tree = sourceTree(path, readFileSync(join(root, path), 'utf8'))
  trees.set(path, tree)
  return tree
}

export function sourceTree(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
}

const MUTATORS = new Set(['set', 'add', 'push', 'unshift', 'delete', 'clear', 'fill', 'splice', 'pop', 'shift', 'sort'])

/**
 * Names at module level whose value changes while the program runs: every `let`, and every `const` that a function
 * changes in place.
 */
export function moduleState(source: ts.SourceFile): readonly string[] {
  const declared = source.statements.filter(ts.isVariableStatement).flatMap(({declarationList}) =>
    declarationList.declarations.map(({name}) => ({
      name: name.getText(source),
      isConst: (declarationList.flags & ts.NodeFlags.Const) !== 0,
    })),
  )
  const constants = new Set(declared.filter(({isConst}) => isConst).map(({name}) => name))
  const changed = new Set(declared.filter(({isConst}) => !isConst).map(({name}) => name))
  const visit = (node: ts.Node, inFunction: boolean): void => {
    const name = inFunction ? changedName(node) : undefined
    if (name !== undefined && constants.has(name)) changed.add(name)
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)))
  }
  visit(source, false)
  return [...changed]
}

/** `name` of `name[i] = x`, `name.member = x`, `name.push(x)` and their like. */
function changedName(node: ts.Node): string | undefined {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const {expression, name} = node.expression
    return MUTATORS.has(name.text) && ts.isIdentifier(expression) ? expression.text : undefined
  }
  const target =
    ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)
      ? node.left
      : (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node.operator)
        ? node.operand
        : undefined
  if (!target || !(ts.isElementAccessExpression(target) || ts.isPropertyAccessExpression(target))) return undefined
  // the position of an expression is set before each use, within one call
  if (ts.isPropertyAccessExpression(target) && target.name.text === 'lastIndex') return undefined
  return ts.isIdentifier(target.expression) ? target.expression.text : undefined
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

function isStep(operator: ts.PrefixUnaryOperator): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken
}

/**
 * The sections that a file reads or spells as the path of a setting: as a member (`config.dlp`, `{dlp}`), or as a text
 * without spaces that is the section or begins with it (`dlp.patterns`). Sentences for people may name any setting.
 */
export function sectionsIn(source: ts.SourceFile, sections: ReadonlySet<string>): readonly string[] {
  const named = new Set<string>()
  const visit = (node: ts.Node): void => {
    const text = nameOf(node)
    const [section = ''] = text?.split(/[.[:]/, 1) ?? []
    if (sections.has(section)) named.add(section)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return [...named]
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) return node.text
  const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node)
  return isText && !/\s/.test(node.text.replace(/:$/, '')) ? node.text : undefined
}
