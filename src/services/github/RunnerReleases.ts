// The releases of actions/runner, as GitHub publishes them to everybody.
//
// Answers for: asking for them, without credentials: an App's installation has no access to a repository of somebody else,
// and GitHub answers 60 such calls an hour from one address. Not for what follows (domain/RunnerRelease.ts).
// Gotcha: a GitHub Enterprise Server may not have that repository; then nothing is known.
import { Octokit } from "@octokit/core"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { GitHubError } from "../../domain/GitHubError.ts"
import { isRunnerVersion, type RunnerRelease } from "../../domain/RunnerRelease.ts"
import { makeGitHubTransport } from "./GitHubTransport.ts"
import type { GitHubOptions } from "./GitHubTypes.ts"

const Releases = Schema.Array(
  Schema.Struct({
    tag_name: Schema.String,
    draft: Schema.Boolean,
    prerelease: Schema.Boolean,
    published_at: Schema.optional(Schema.NullOr(Schema.DateTimeUtcFromString))
  })
)

const releaseOf = (release: (typeof Releases.Type)[number]): ReadonlyArray<RunnerRelease> => {
  const version = release.tag_name.replace(/^v/, "")
  if (release.draft || release.prerelease || release.published_at == null || !isRunnerVersion(version)) return []
  return [{ version, publishedAt: DateTime.toEpochMillis(release.published_at) }]
}

const ignore = () => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export class RunnerReleases extends Context.Service<
  RunnerReleases,
  {
    /** The newest hundred, some years of them. */
    readonly list: Effect.Effect<ReadonlyArray<RunnerRelease>, GitHubError>
  }
>()("runnerd/services/github/RunnerReleases") {
  static layer(options: GitHubOptions): Layer.Layer<RunnerReleases> {
    const octokit = new Octokit({ baseUrl: options.baseUrl.replace(/\/+$/, ""), userAgent: "runnerd", log })
    const transport = makeGitHubTransport(options)
    const decode = transport.decode("listRunnerReleases", Releases)
    const list = transport
      .perform(octokit, {
        operation: "listRunnerReleases",
        route: "GET /repos/{owner}/{repo}/releases",
        path: { owner: "actions", repo: "runner" },
        parameters: { per_page: 100 }
      })
      .pipe(
        Effect.mapError(({ error }) => error),
        Effect.flatMap(({ data }) => decode(data)),
        Effect.map((releases) => releases.flatMap(releaseOf))
      )
    return Layer.succeed(RunnerReleases, { list })
  }
}
