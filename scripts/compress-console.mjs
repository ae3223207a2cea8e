// Puts a Brotli and a gzip form beside every file of dist/console that becomes smaller by it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

const compressible = /\.(js|css|html|svg|json|txt)$/

for (const entry of readdirSync("dist/console", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.test(entry.name)) continue
  const path = join(entry.parentPath, entry.name)
  const body = readFileSync(path)
  const forms = [
    [".br", brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })],
    [".gz", gzipSync(body, { level: 9 })]
  ]
  for (const [suffix, form] of forms) if (form.length < body.length) writeFileSync(path + suffix, form)
}
