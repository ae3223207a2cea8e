// The admin console under /admin/: the files that its build left in dist/console.
//
// Answers for: which file an address means, caching and compression. Not for what the console shows (ui/), nor for a
// token: the files hold no data, every call that the console makes needs one.
// Gotchas: the files are read once, into memory, so that no path from outside ever reaches the file system; and they are
// compressed by the build, not here.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Mime from "effect/http/Mime"
import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"

/** Beside the sources it is the last build's. */
const buildFolder = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../dist/console" : "../console", import.meta.url)
)

/**
 * Scripts and connections from here only. Styles may be inline: the dialogs of Radix and the notes of sonner write
 * style elements, and a style runs nothing.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")

/** Named by their content, so they never change. */
const isHashed = (path: string) => path.startsWith("assets/")

/** By preference. */
const encodings = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" }
] as const

interface Asset {
  readonly body: Uint8Array
  readonly compressed: ReadonlyArray<{ readonly name: string; readonly body: Uint8Array }>
  readonly headers: Readonly<Record<string, string>>
}

const readAssets = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const built = yield* fs.exists(folder)
  const paths = built ? yield* fs.readDirectory(folder, { recursive: true }) : []
  const known = new Set(paths.map((path) => path.replaceAll("\\", "/")))
  const assets = new Map<string, Asset>()
  for (const path of known) {
    if (path.startsWith(".") || encodings.some(({ suffix }) => path.endsWith(suffix))) continue
    if ((yield* fs.stat(`${folder}/${path}`)).type !== "File") continue
    const body = yield* fs.readFile(`${folder}/${path}`)
    const compressed = yield* Effect.forEach(
      encodings.filter(({ suffix }) => known.has(path + suffix)),
      ({ name, suffix }) => Effect.map(fs.readFile(`${folder}/${path}${suffix}`), (body) => ({ name, body }))
    )
    assets.set(path, {
      body,
      compressed,
      headers: {
        "content-type": Option.getOrElse(Mime.getType(path), () => "application/octet-stream"),
        "cache-control": isHashed(path)
          ? "public, max-age=31536000, immutable"
          : path.endsWith(".html")
            ? "no-store"
            : "no-cache",
        etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
        "content-security-policy": contentSecurityPolicy,
        vary: "accept-encoding"
      }
    })
  }
  return assets
})

const accepts = (header: string | undefined, encoding: string) =>
  (header ?? "").split(",").some((part) => {
    const [name = "", quality = ""] = part.split(";")
    return name.trim() === encoding && !/^\s*q=0(\.0*)?\s*$/.test(quality)
  })

const send = (asset: Asset, request: HttpServerRequest.HttpServerRequest) => {
  if (request.headers["if-none-match"] === asset.headers["etag"]) {
    return HttpServerResponse.empty({ status: 304, headers: asset.headers })
  }
  const smaller = asset.compressed.find(({ name }) => accepts(request.headers["accept-encoding"], name))
  return HttpServerResponse.uint8Array(smaller?.body ?? asset.body, {
    headers: { ...asset.headers, ...(smaller === undefined ? {} : { "content-encoding": smaller.name }) }
  })
}

const notFound = HttpServerResponse.jsonUnsafe({ error: "no such file", code: "not_found" }, { status: 404 })
const notBuilt = HttpServerResponse.text("The console is not built: npm run build\n", { status: 503 })
const root = "/admin/"
const toRoot = HttpServerResponse.redirect(root, { status: 301 })
const shell = "index.html"

/** Serves what is in `folder`: `index.html`, `assets/` with the content's hash in every name, and others. */
export const layerAt = (folder: string) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const assets = yield* readAssets(folder)
      const answer = (request: HttpServerRequest.HttpServerRequest) => {
        const address = request.url.split(/[?#]/, 1)[0] ?? ""
        if (!address.startsWith(root)) return toRoot
        const path = address.slice(root.length)
        const asset = assets.get(path)
        if (asset !== undefined) return send(asset, request)
        // The console's own pages have addresses without a file. A dot means one only beside the shell: specs have any name.
        if (isHashed(path) || /^[^/]*\.[^/]*$/.test(path)) return notFound
        const page = assets.get(shell)
        return page === undefined ? notBuilt : send(page, request)
      }
      // Answers /admin as well.
      yield* router.add("GET", "/admin/*", (request) => Effect.succeed(answer(request)))
    })
  ).pipe(Layer.orDie)

export const layer = layerAt(buildFolder)
