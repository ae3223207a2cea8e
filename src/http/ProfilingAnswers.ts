// What the profiling listener answers: profiles and counters of this process, at the addresses that Go's pprof has them.
//
// Answers for: who is answered, in which order that is looked at, and one profile at a time. Not for taking them
// (services/profiling/Profiles.ts) nor for listening (ProfilingListener.ts).
// Gotchas: a page in this machine's browser reaches the loopback, too, by a name that its author lets point here (DNS
// rebinding): so Host must name the loopback, and whoever sends an Origin is a page. The server runs a request's effect
// uninterruptibly; it is made interruptible here, so that a profile ends with whoever has asked for it.
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { isIPv4 } from "node:net"
import { type Actor, includes } from "../domain/Actor.ts"
import { longestSeconds, usualSeconds } from "../services/profiling/Bounds.ts"
import * as Profiles from "../services/profiling/Profiles.ts"
import { FailedAttempts } from "./middleware/FailedAttempts.ts"

class Refused extends Data.TaggedError("Refused")<{
  readonly status: number
  readonly code: string
  readonly error: string
  readonly headers?: Readonly<Record<string, string>>
}> {}

const noStore = { "cache-control": "no-store", "x-content-type-options": "nosniff" }

const answerOf = ({ code, error, headers, status }: Refused) =>
  HttpServerResponse.jsonUnsafe({ error, code }, { status, headers: { ...noStore, ...headers } })

const download = (suffix: string) => ({
  contentType: "application/json",
  headers: { ...noStore, "content-disposition": `attachment; filename="runnerd-${process.pid}.${suffix}"` }
})

const isLoopbackName = (host: string) => {
  const name = URL.parse(`http://${host}`)?.hostname ?? ""
  return name === "localhost" || name === "[::1]" || (isIPv4(name) && name.startsWith("127."))
}

const refuseForeigners = ({ headers }: HttpServerRequest.HttpServerRequest) => {
  const error = !isLoopbackName(headers["host"] ?? "")
    ? "Host names another machine; expected 127.0.0.1, [::1] or localhost"
    : headers["origin"] !== undefined
      ? "no web page may ask this"
      : undefined
  return error === undefined ? Effect.void : Effect.fail(new Refused({ status: 403, code: "forbidden", error }))
}

const wantedSeconds = (url: URL) => {
  const given = url.searchParams.get("seconds") ?? String(usualSeconds)
  const seconds = /^\d{1,9}$/.test(given) ? Number(given) : 0
  if (seconds >= 1 && seconds <= longestSeconds) return Effect.succeed(seconds)
  const error = `seconds: expected a whole number from 1 to ${longestSeconds}`
  return Effect.fail(new Refused({ status: 400, code: "invalid_request", error }))
}

/** Who asks, when that is an admin. */
const admission = (ownerOf: (token: string) => Actor | undefined) => {
  const attempts = new FailedAttempts()
  return Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    const [, token = ""] = /^Bearer +(\S+) *$/i.exec(headers["authorization"] ?? "") ?? []
    const unauthorized = new Refused({
      status: 401,
      code: "unauthorized",
      error: "expected the key from the address file, or a token of the role admin, as a bearer token",
      headers: { "www-authenticate": 'Bearer realm="runnerd profiling"' }
    })
    if (token === "") return yield* unauthorized
    const owner = ownerOf(token)
    const wait = attempts.take("loopback", owner?.name, yield* Clock.currentTimeMillis)
    if (wait > 0) {
      const seconds = String(Math.ceil(wait / 1000))
      const error = `too many wrong tokens were sent; try again in ${seconds} s`
      return yield* new Refused({ status: 429, code: "too_many_attempts", error, headers: { "retry-after": seconds } })
    }
    if (owner === undefined) {
      yield* Effect.logWarning("A wrong token was sent to the profiling listener")
      return yield* unauthorized
    }
    if (includes(owner.role, "admin")) return owner
    const error = `this needs the role admin; ${owner.name} has the role ${owner.role}`
    return yield* new Refused({ status: 403, code: "forbidden", error })
  })
}

/** Held until the request is over, however it ends. */
const oneAtATime = () => {
  let taken: string | undefined
  return (profile: string, { name: actor }: Actor) =>
    Effect.acquireRelease(
      Effect.gen(function* () {
        if (taken !== undefined) {
          const error = `a ${taken} is being taken; try again when it is over`
          return yield* new Refused({ status: 409, code: "busy", error })
        }
        taken = profile
        yield* Effect.annotateLogs(Effect.logInfo("A profile is being taken"), { profile, actor })
        return yield* Clock.currentTimeMillis
      }),
      Effect.fnUntraced(function* (since) {
        taken = undefined
        const ms = (yield* Clock.currentTimeMillis) - since
        yield* Effect.annotateLogs(Effect.logInfo("The profile is over"), { profile, actor, ms })
      })
    )
}

type Answer = (url: URL, actor: Actor) => Effect.Effect<HttpServerResponse.HttpServerResponse, Refused, Scope.Scope>

const looks = (): Readonly<Record<string, Answer>> => {
  const alone = oneAtATime()
  const timed =
    (name: string, suffix: string, profile: (duration: Duration.Duration) => Effect.Effect<string>): Answer =>
    (url, actor) =>
      Effect.gen(function* () {
        const seconds = yield* wantedSeconds(url)
        yield* alone(name, actor)
        return HttpServerResponse.text(yield* profile(Duration.seconds(seconds)), download(suffix))
      })
  return {
    "/debug/pprof/profile": timed("CPU profile", "cpuprofile", Profiles.cpuProfile),
    "/debug/pprof/allocs": timed("profile of allocations", "heapprofile", Profiles.allocationProfile),
    "/debug/pprof/heap": (_url, actor) =>
      Effect.as(
        alone("heap snapshot", actor),
        HttpServerResponse.stream(Profiles.heapSnapshot, download("heapsnapshot"))
      ),
    "/debug/vars": () =>
      Effect.map(Profiles.counters, (counters) => HttpServerResponse.jsonUnsafe(counters, { headers: noStore }))
  }
}

const index = (address: string, addressFile: string | null) => `runnerd, process ${process.pid}: profiles, one at a time

/debug/pprof/profile?seconds=${usualSeconds}  where time goes in 1 to ${longestSeconds} seconds: .cpuprofile
/debug/pprof/allocs?seconds=${usualSeconds}   what allocates memory in that time: .heapprofile
/debug/pprof/heap                every object in memory: .heapsnapshot. The whole process stands still while it is made, for
                                 five to ten seconds and with 400 MB or more for each 100 MB of heap; and it HOLDS EVERY
                                 SECRET: tokens, keys, what jobs print. Treat it like the configuration.
/debug/vars                      counters of the runtime: JSON

Each needs a bearer token: the second line of ${addressFile ?? "the address file, which could not be written"}, or a token of the role admin.

  runnerd profile cpu --seconds ${usualSeconds}${addressFile === null ? "" : ` --address-file ${addressFile}`}
  curl -H "Authorization: Bearer $TOKEN" -o runnerd.cpuprofile "http://${address}/debug/pprof/profile?seconds=${usualSeconds}"

Chrome's developer tools open all three kinds of files.
`

/** The whole service at one address. `ownerOf`: whose bearer token this is. */
export const answers = (options: {
  readonly address: string
  /** Null while it is not there. */
  readonly addressFile: () => string | null
  readonly ownerOf: (token: string) => Actor | undefined
}): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest | Scope.Scope> => {
  const paths = looks()
  const admit = admission(options.ownerOf)
  const help = () => HttpServerResponse.text(index(options.address, options.addressFile()), { headers: noStore })
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    yield* refuseForeigners(request)
    const url = URL.parse(request.url, `http://${options.address}`)
    const path = url?.pathname ?? ""
    const look = Object.hasOwn(paths, path) ? paths[path] : undefined
    const isIndex = path === "/" || /^\/debug(\/pprof)?\/?$/.test(path)
    if (url === null || (look === undefined && !isIndex)) {
      return yield* new Refused({ status: 404, code: "not_found", error: "no such route; / says what there is" })
    }
    if (request.method !== "GET") {
      const error = "this address knows no such method, only GET"
      return yield* new Refused({ status: 405, code: "method_not_allowed", error, headers: { allow: "GET" } })
    }
    return look === undefined ? help() : yield* look(url, yield* admit(request))
  }).pipe(
    Effect.catchTag("Refused", (refused) => Effect.succeed(answerOf(refused))),
    Effect.interruptible
  )
}
