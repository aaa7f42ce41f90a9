import tseslint from 'typescript-eslint'

/** Effects reach product code through Ports (docs/architecture.md); these rules are what makes runs repeatable. */
const effects = [
  {selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'time comes from ports.clock'},
  {selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time comes from ports.clock'},
  {selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'randomness comes from ports.random'},
  {selector: "MemberExpression[object.name='process'][property.name='env']", message: 'the environment comes from ports.env'},
  {selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']", message: 'only bin/ ends the process'},
  {selector: "CallExpression[callee.property.name=/^(toLocale|localeCompare)/]", message: 'output must not depend on the locale'},
  {selector: "MemberExpression[object.name='Intl']", message: 'output must not depend on the locale'},
]

export default tseslint.config(
  {ignores: ['dist/**', 'node_modules/**', 'goldens/**', 'coverage/**']},
  {
    files: ['src/**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: {parserOptions: {project: './tsconfig.json'}},
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', {checksVoidReturn: {arguments: false}}],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/await-thenable': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...effects],
    },
  },
  {
    // ports are made from the process, and oclif reads the environment itself
    files: ['src/host/ports.ts', 'src/cli/base.ts', 'src/cli/run.ts'],
    rules: {'no-restricted-syntax': 'off', 'no-console': 'off'},
  },
  {
    files: ['test/**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: {parserOptions: {project: './test/tsconfig.json'}},
    rules: {'@typescript-eslint/no-floating-promises': 'error', '@typescript-eslint/no-misused-promises': 'off'},
  },
)
