// Templates alone: scripts are oxlint's (.oxlintrc.json), layout is Prettier's (.prettierrc.json).
import typescript from '@typescript-eslint/parser'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'

const LAYOUT = Object.fromEntries(
  Object.entries(vue.rules)
    .filter(([, rule]) => rule.meta.type === 'layout')
    .map(([name]) => [`vue/${name}`, 'off']),
)

export default [
  { ignores: ['dist/**', 'src/protocol/*.gen.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  {
    files: ['src/**/*.vue'],
    languageOptions: { parserOptions: { parser: typescript, sourceType: 'module' } },
    rules: {
      ...LAYOUT,
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
]
