import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

import type { Plugin } from 'vite'

const TEXT = /\.(js|css|svg|json)$/
const SMALLEST_BYTES = 1024

/** Writes a `.br` and a `.gz` beside every text file of the build; the server sends whichever a browser takes. */
export function compressBuild(): Plugin {
  let folder = ''
  return {
    name: 'divan-compress-build',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => TEXT.test(name))
      for (const path of files.map((name) => join(folder, name))) {
        const content = readFileSync(path)
        if (content.length < SMALLEST_BYTES) continue
        const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: size }))
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}
