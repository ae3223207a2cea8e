// How the makers of what templates download publish checksums.
//
// Answers for: finding address and SHA-256 of one version. Not for what becomes of them (LockCommand.ts).
// Sources: go.dev/dl/?mode=json&include=all; SHASUMS256.txt of nodejs.org, SHA256SUMS of HashiCorp and rclone (the latter
// signed in the clear, so other lines are in it); the field `digest` of release assets in GitHub's REST API, null for
// those from before June 2025; the index `Packages` of Debian repositories; the header Docker-Content-Digest of registries.
// Gotcha: what vouches for a checksum is the TLS connection to its maker; signatures of the lists are not checked.
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import type { Download } from "./TemplateFolder.ts"
import { withVersion } from "./TemplateFolder.ts"

/** Why a checksum is not known; a sentence. */
export class VendorFailure extends Schema.TaggedError<VendorFailure>()("VendorFailure", { message: Schema.String }) {}

export interface Published {
  readonly url: string
  readonly sha256: string
  readonly source: string
  readonly published?: string
}

const patience = Duration.seconds(60)

const failure = (message: string) => new VendorFailure({ message })

const GoReleases = Schema.Array(
  Schema.Struct({
    version: Schema.String,
    files: Schema.Array(Schema.Struct({ filename: Schema.String, sha256: Schema.String }))
  })
)

const GitHubRelease = Schema.Struct({
  tag_name: Schema.String,
  published_at: Schema.String,
  assets: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      browser_download_url: Schema.String,
      digest: Schema.optional(Schema.NullOr(Schema.String))
    })
  )
})

const RegistryToken = Schema.Struct({ token: Schema.String })

const sha256Of = (text: string | undefined): string | undefined => /^(?:sha256:)?([0-9a-f]{64})$/.exec(text ?? "")?.[1]

/** The checksum of a file in the form that sha256sum writes. */
const sumIn = (list: string, name: string): string | undefined => {
  const line = list.split(/\r?\n/).find((each) => each.trimEnd().replace(/^[0-9a-f]{64}\s+[*]?(?:\.\/)?/, "") === name)
  return sha256Of(line?.slice(0, 64))
}

/** The fields of one package of a Debian index. */
const stanzaIn = (index: string, name: string, version: string): ReadonlyMap<string, string> | undefined =>
  index
    .split(/\n\n+/)
    .map(
      (stanza) => new Map(stanza.split("\n").map((line) => [line.split(":")[0] ?? "", line.replace(/^[^:]*:\s*/, "")]))
    )
    .find((fields) => fields.get("Package") === name && fields.get("Version") === version)

const nameIn = (url: string): string => url.slice(url.lastIndexOf("/") + 1)

const releaseOf = (repository: string, tag: string) => `https://api.github.com/repos/${repository}/releases/tags/${tag}`

const goList = "https://go.dev/dl/?mode=json&include=all"

/** Where the digest of an official image is told. */
export const imageSource = (image: string): string => {
  const [name = "", tag = ""] = image.split(":")
  return `https://registry-1.docker.io/v2/library/${name}/manifests/${tag}`
}

/** Where the checksum of a download is published, and its address where that follows from its name. */
export const expected = (download: Download): { readonly url: string | null; readonly source: string } => {
  const at = (text: string) => withVersion(text, download.version)
  switch (download.vendor) {
    case "go":
      return { url: `https://go.dev/dl/go${download.version}.linux-amd64.tar.gz`, source: goList }
    case "sums":
      return { url: at(download.url), source: at(download.sums) }
    case "github": {
      const tag = at(download.tag)
      const url = `https://github.com/${download.repository}/releases/download/${tag}/${at(download.asset)}`
      return { url, source: releaseOf(download.repository, tag) }
    }
    case "deb":
      return { url: null, source: `${download.repository}/${download.index}` }
  }
}

/** Lists that several downloads share are read once by each `makeVendors`. */
export const makeVendors = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient

  const answerOf = (request: HttpClientRequest.HttpClientRequest) =>
    client.execute(request).pipe(
      Effect.timeout(patience),
      Effect.mapError((error) =>
        failure(`${request.url} ${error._tag === "TimeoutError" ? "did not answer" : "could not be reached"}`)
      ),
      Effect.filterOrFail(
        (response) => response.status >= 200 && response.status < 300,
        ({ status }) => failure(`${request.url} answered ${status}`)
      )
    )

  const texts = yield* Cache.make({
    capacity: 1000,
    timeToLive: Duration.infinity,
    lookup: (url: string) =>
      Effect.flatMap(answerOf(HttpClientRequest.get(url)), (response) =>
        Effect.mapError(response.text, () => failure(`${url} broke off`))
      )
  })
  const text = (url: string) => Cache.get(texts, url)

  const json = <A>(schema: Schema.Codec<A, unknown>, url: string) =>
    Effect.flatMap(text(url), (body) =>
      Effect.mapError(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(body), () =>
        failure(`${url} answered something else than expected`)
      )
    )

  const required = <A>(value: A | undefined, message: string): Effect.Effect<A, VendorFailure> =>
    value === undefined ? Effect.fail(failure(message)) : Effect.succeed(value)

  const sumFrom = Effect.fnUntraced(function* (list: string, name: string) {
    return yield* required(sumIn(yield* text(list), name), `${list} has no line for ${name}`)
  })

  const go = Effect.fnUntraced(function* (version: string) {
    const name = `go${version}.linux-amd64.tar.gz`
    const releases = yield* json(GoReleases, goList)
    const file = releases
      .find((release) => release.version === `go${version}`)
      ?.files.find(({ filename }) => filename === name)
    return yield* required(sha256Of(file?.sha256), `${goList} has no ${name}`)
  })

  const github = Effect.fnUntraced(function* (download: Extract<Download, { readonly vendor: "github" }>) {
    const at = (pattern: string) => withVersion(pattern, download.version)
    const { source } = expected(download)
    const release = yield* json(GitHubRelease, source)
    const find = (name: string) =>
      required(
        release.assets.find((asset) => asset.name === name),
        `${source} has no asset ${name}`
      )
    const asset = yield* find(at(download.asset))
    const published = { url: asset.browser_download_url, published: release.published_at }
    const digest = sha256Of(asset.digest ?? undefined)
    if (digest !== undefined) return { ...published, source, sha256: digest }
    const sums = yield* find(
      yield* required(download.sums, `${source} tells no digest of ${asset.name}`).pipe(Effect.map(at))
    )
    const sha256 = yield* sumFrom(sums.browser_download_url, asset.name)
    return { ...published, source: sums.browser_download_url, sha256 }
  })

  const deb = Effect.fnUntraced(function* (download: Extract<Download, { readonly vendor: "deb" }>) {
    const { source } = expected(download)
    const wanted = `${download.package} ${download.version}`
    const stanza = yield* required(
      stanzaIn(yield* text(source), download.package, download.version),
      `${source} has no ${wanted}`
    )
    const file = yield* required(stanza.get("Filename"), `${source} says no file of ${wanted}`)
    const sha256 = yield* required(sha256Of(stanza.get("SHA256")), `${source} has no SHA256 of ${wanted}`)
    return { url: `${download.repository}/${file}`, source, sha256 }
  })

  /** Address and checksum as the maker tells them now. */
  const find = Effect.fnUntraced(function* (download: Download): Effect.fn.Return<Published, VendorFailure> {
    const { url, source } = expected(download)
    switch (download.vendor) {
      case "go":
        return { url: url ?? "", source, sha256: yield* go(download.version) }
      case "sums":
        return { url: url ?? "", source, sha256: yield* sumFrom(source, nameIn(url ?? "")) }
      case "github":
        return yield* github(download)
      case "deb":
        return yield* deb(download)
    }
  })

  /** The digest of an official image's index. */
  const findImage = Effect.fnUntraced(function* (image: string) {
    const [name = ""] = image.split(":")
    const source = imageSource(image)
    const scope = `https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/${name}:pull`
    const { token } = yield* json(RegistryToken, scope)
    const request = HttpClientRequest.head(source).pipe(
      HttpClientRequest.bearerToken(token),
      HttpClientRequest.accept(
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json"
      )
    )
    const { headers } = yield* answerOf(request)
    const sha256 = yield* required(sha256Of(headers["docker-content-digest"]), `${source} tells no digest of ${image}`)
    return { sha256, source }
  })

  /** The newest runner, and when it was published. */
  const newestRunner = Effect.map(
    json(GitHubRelease, "https://api.github.com/repos/actions/runner/releases/latest"),
    ({ tag_name, published_at }) => ({ version: tag_name.replace(/^v/, ""), published: published_at })
  )

  return { find, findImage, newestRunner }
})

export type Vendors = Effect.Success<typeof makeVendors>
