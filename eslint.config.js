// Bans are composed into one list per layer: in flat config a later block replaces a rule's options, so a
// second `no-restricted-syntax` block would silently drop the first one's bans.
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

const ban = (selector, message) => ({ selector, message });

const everywhere = [
  ban('ExportDefaultDeclaration', 'Use a named export.'),
  ban('ExportAllDeclaration', 'Import the defining file.'),
  ban('ClassDeclaration[superClass.name!="Error"]', 'Use functions and plain data.'),
  ban('TSEnumDeclaration', 'Use a union of literals.'),
  ban('TSAsExpression > TSAsExpression', 'No double cast: decode at the boundary.'),
];
const inDomain = [
  ban('AwaitExpression', 'The domain does no I/O.'),
  ban('ThrowStatement', 'Return a rejection.'),
  ban('NewExpression[callee.name="Date"][arguments.length=0]', 'Time arrives in the command.'),
  ban(
    'CallExpression[callee.object.name=/^(Date|Math)$/][callee.property.name=/^(now|random)$/]',
    'Time and chance arrive in the command.',
  ),
];
const sizes = { 'max-lines-per-function': ['error', { max: 70, skipComments: true }] };

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'data/', '.cache/', 'clients/web/dist/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './clients/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-restricted-syntax': ['error', ...everywhere],
      ...sizes,
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...inDomain] },
  },
  {
    // A spec's describe block is a list of sentences, not a function with a job of its own.
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'] },
    },
    rules: { 'svelte/no-at-html-tags': 'error' },
  },
);
