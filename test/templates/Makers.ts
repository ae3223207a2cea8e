// The sites of those who make what templates download, on this machine: a server that has their lists in their own forms.
//
// Answers for: sending every request there by the host it was meant for (`/<host>/<path>`), and what is there.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** By host and path, query included: `go.dev/dl/?mode=json`. */
export type Site = Record<string, Answer | string>

/** The same 64 hexadecimal digits for the same word. */
export const sum = (digit: string): string => digit.repeat(64)

const release = (tag: string, assets: ReadonlyArray<readonly [name: string, digest: string | null]>, base: string) =>
  JSON.stringify({
    tag_name: tag,
    published_at: "2026-10-06T13:55:00Z",
    name: tag,
    draft: false,
    assets: assets.map(([name, digest]) => ({
      name,
      size: 1,
      digest: digest === null ? null : `sha256:${digest}`,
      browser_download_url: `https://github.com/${base}/releases/download/${tag}/${name}`
    }))
  })

/** Everything that the template `testing` of TemplateFixture.ts asks for. */
export const site = (): Site => ({
  "go.dev/dl/?mode=json&include=all": JSON.stringify([
    {
      version: "go1.26.3",
      stable: true,
      files: [
        { filename: "go1.26.3.src.tar.gz", os: "", arch: "", sha256: sum("0"), kind: "source" },
        { filename: "go1.26.3.linux-amd64.tar.gz", os: "linux", arch: "amd64", sha256: sum("1"), kind: "archive" }
      ]
    }
  ]),
  "nodejs.org/dist/v22.23.3/SHASUMS256.txt": [
    `${sum("e")}  node-v22.23.3-linux-x64.tar.gz`,
    `${sum("2")}  node-v22.23.3-linux-x64.tar.xz`,
    ""
  ].join("\n"),
  // Signed in the clear, as rclone does.
  "downloads.rclone.org/v1.74.2/SHA256SUMS": [
    "-----BEGIN PGP SIGNED MESSAGE-----",
    "Hash: SHA512",
    "",
    `${sum("3")}  rclone-v1.74.2-linux-amd64.zip`,
    "-----BEGIN PGP SIGNATURE-----",
    "iQIzBAEBCgAdFiEE",
    "-----END PGP SIGNATURE-----"
  ].join("\r\n"),
  "api.github.com/repos/actions/runner/releases/tags/v2.338.2": release(
    "v2.338.2",
    [
      ["actions-runner-linux-arm64-2.338.2.tar.gz", sum("f")],
      ["actions-runner-linux-x64-2.338.2.tar.gz", sum("4")]
    ],
    "actions/runner"
  ),
  "api.github.com/repos/actions/runner/releases/latest": release("v2.338.2", [], "actions/runner"),
  // From before GitHub told digests itself.
  "api.github.com/repos/mvdan/gofumpt/releases/tags/v0.8.0": release(
    "v0.8.0",
    [
      ["gofumpt_v0.8.0_linux_amd64", null],
      ["sha256sums.txt", null]
    ],
    "mvdan/gofumpt"
  ),
  "github.com/mvdan/gofumpt/releases/download/v0.8.0/sha256sums.txt": `${sum("5")} *gofumpt_v0.8.0_linux_amd64\n`,
  "download.docker.com/linux/ubuntu/dists/xenial/stable/binary-amd64/Packages": [
    ["Package: docker-ce", "Version: 5:20.10.6~3-0~ubuntu-xenial", "Filename: dists/old.deb", `SHA256: ${sum("d")}`],
    [
      "Package: docker-ce",
      "Architecture: amd64",
      "Version: 5:20.10.7~3-0~ubuntu-xenial",
      "Depends: iptables, libc6 (>= 2.17)",
      "Filename: dists/xenial/pool/stable/amd64/docker-ce_20.10.7~3-0~ubuntu-xenial_amd64.deb",
      `SHA256: ${sum("6")}`,
      "Description: Docker: the open-source application container engine",
      " More: of it"
    ]
  ]
    .map((stanza) => stanza.join("\n"))
    .join("\n\n"),
  "auth.docker.io/token?service=registry.docker.io&scope=repository:library/ubuntu:pull": JSON.stringify({
    token: "t0"
  }),
  "registry-1.docker.io/v2/library/ubuntu/manifests/24.04": {
    headers: { "docker-content-digest": `sha256:${sum("7")}` }
  }
})

export interface Makers {
  readonly site: Site
  /** What was asked for, in the order in which it arrived. */
  readonly asked: ReadonlyArray<string>
  readonly client: Layer.Layer<HttpClient.HttpClient>
}

/** Closed with the scope. */
export const startMakers = Effect.fnUntraced(function* (answers: Site = site()) {
  const asked: Array<string> = []
  const server = createServer((request, response) => {
    const key = decodeURIComponent((request.url ?? "").slice(1))
    asked.push(key)
    const found = answers[key]
    const answer: Answer = found === undefined ? { status: 404 } : typeof found === "string" ? { body: found } : found
    const unnamed = key.startsWith("registry-1.") && request.headers.authorization !== "Bearer t0"
    response.writeHead(unnamed ? 401 : (answer.status ?? 200), answer.headers).end(answer.body ?? "")
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()))),
    () => Effect.promise(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  )
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (inner) =>
      HttpClient.mapRequest(inner, (request) =>
        HttpClientRequest.setUrl(request, request.url.replace(/^https:\//, origin))
      )
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))
  return { site: answers, asked, client } satisfies Makers
})
