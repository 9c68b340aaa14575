import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** Builds the benchmark's page; `--outDir` says where. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('../..', import.meta.url)) } },
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
