// Builds the console into dist/console, where the service serves it under /admin/.
import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here("."),
  base: "/admin/",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": here("src") } },
  build: {
    outDir: here("../dist/console"),
    emptyOutDir: true,
    target: "es2023",
    // Whatever is inlined as a data: URL would need its place in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The notices that the licences of the bundled packages ask for; the release check reads them (scripts/release/Licences.ts).
    license: { fileName: "licenses.txt" },
    chunkSizeWarningLimit: 600
  },
  server: { proxy: { "^/(?!admin/)": { target: process.env["RUNNERD_URL"] ?? "http://127.0.0.1:25500" } } }
})
