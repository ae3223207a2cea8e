// Copies what tsc leaves behind (files that are not TypeScript) from src/ to dist/, modes included.
import { cpSync, readdirSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"

for (const entry of readdirSync("src", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith(".ts") || entry.name.endsWith(".md")) continue
  const from = join(entry.parentPath ?? entry.path, entry.name)
  const to = join("dist", from.slice("src/".length))
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}
