import { fileURLToPath } from 'node:url'

import { compressBuild } from './compress'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
  // `vite --mode fake` serves the page by itself; otherwise Django serves what was built under /static/.
  base: mode === 'fake' ? '/' : '/static/',
  plugins: [vue(), compressBuild()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: 'dist',
    manifest: 'manifest.json',
    // A data: URL would need font-src and script-src exceptions in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: ['src/main.ts', 'src/shared.ts'] },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
    // They run beside all other tests, with what those leave of the processor: only what hangs takes so long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
}))
