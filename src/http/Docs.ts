// GET /docs: the description of the API as a page to read, and to try it on (Swagger UI, which comes with effect).
//
// Answers for: under which policy that page runs. Not for what it says: that is the contracts' (http/api).
// Gotchas: everything is in the one page, so it loads nothing, from nowhere; its two inline scripts and its style are
// allowed by their hashes, and whatever else gets into it does not run. It is two megabytes, so it is made when somebody
// first asks, and not before.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import { createHash } from "node:crypto"
import { Api } from "./api/Api.ts"

const path = "/docs"

/** The hashes, as a policy names them, of what stands in all elements of this name. */
const hashesOf = (element: "script" | "style", html: string): string =>
  [...html.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "gs"))]
    .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
    .join(" ")

const policyFor = (html: string): string =>
  [
    "default-src 'none'",
    `script-src ${hashesOf("script", html)}`,
    `style-src ${hashesOf("style", html)}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")

const page = Effect.gen(function* () {
  const swagger = yield* HttpRouter.toHttpEffect(HttpApiSwagger.layer(Api, { path }))
  const made = HttpServerResponse.toWeb(yield* swagger)
  const html = yield* Effect.promise(() => made.text())
  return HttpServerResponse.html(html).pipe(HttpServerResponse.setHeader("content-security-policy", policyFor(html)))
})

export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const made = yield* Effect.cached(page)
    yield* router.add("GET", path, made)
  })
)
