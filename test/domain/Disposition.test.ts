import { assert, describe, it } from "@effect/vitest"
import { type Disposition, ofGitHubError, ofSandboxError } from "../../src/domain/Disposition.ts"
import * as GitHub from "../../src/domain/GitHubError.ts"
import * as Sandbox from "../../src/domain/SandboxError.ts"

type Kind = Disposition["_tag"]
type Row<R> = readonly [rule: string, reason: R, kind: Kind, code: string, says?: string]

const detail = "the outside's words"

const sandboxRows: ReadonlyArray<Row<Sandbox.SandboxErrorReason>> = [
  ["no room at E2B is waited for", new Sandbox.PlacementFailed({ detail }), "Deferred", "sandbox_capacity"],
  ["a full plan is waited for", new Sandbox.ConcurrencyLimited({ detail }), "Deferred", "sandbox_concurrency_limit"],
  ["too many calls at E2B are waited for", new Sandbox.RateLimited({ detail }), "Deferred", "sandbox_rate_limit"],
  [
    "no compatible node is tried again",
    new Sandbox.NoCompatibleNode({ detail }),
    "Retryable",
    "sandbox_no_compatible_node",
    "template"
  ],
  [
    "an unusable template is fatal and named",
    new Sandbox.TemplateUnusable({ template: "tpl", detail }),
    "Fatal",
    "template_unusable",
    '"tpl"'
  ],
  ["a bad request is fatal", new Sandbox.BadRequest({ detail }), "Fatal", "sandbox_bad_request", "check"],
  [
    "refused E2B credentials are fatal",
    new Sandbox.Unauthorized({ detail }),
    "Fatal",
    "sandbox_unauthorized",
    "e2b.api_key"
  ],
  ["a forbidden E2B call is fatal", new Sandbox.Forbidden({ detail }), "Fatal", "sandbox_forbidden", "billing"],
  [
    "a sandbox that is gone costs an attempt",
    new Sandbox.SandboxGone({ sandboxId: "i1" }),
    "Retryable",
    "sandbox_gone",
    "i1"
  ],
  [
    "an unreachable envd proves nothing yet",
    new Sandbox.EnvdUnreachable({ detail }),
    "Retryable",
    "sandbox_unreachable",
    "control API"
  ],
  [
    "a lost process costs an attempt",
    new Sandbox.ProcessNotFound({ pid: 7 }),
    "Retryable",
    "sandbox_process_not_found",
    "7"
  ],
  ["a lost stream is tried again", new Sandbox.StreamLost({ detail }), "Retryable", "sandbox_stream_lost"],
  ["a conflict is tried again", new Sandbox.Conflict({ detail }), "Retryable", "sandbox_conflict"],
  [
    "a 5xx of E2B is tried again",
    new Sandbox.Unavailable({ status: 503, detail }),
    "Retryable",
    "sandbox_unavailable",
    "503"
  ],
  ["a timeout at E2B is tried again", new Sandbox.TimedOut({ detail }), "Retryable", "sandbox_timeout", "all the same"],
  [
    "an unreachable E2B is tried again",
    new Sandbox.ConnectionFailed({ detail }),
    "Retryable",
    "sandbox_connection_failed"
  ],
  [
    "an answer of E2B that makes no sense is tried again",
    new Sandbox.MalformedAnswer({ detail }),
    "Retryable",
    "sandbox_malformed_answer"
  ]
]

const gitHubRows: ReadonlyArray<Row<GitHub.GitHubErrorReason>> = [
  ["GitHub's hourly limit is waited for", new GitHub.PrimaryRateLimited({ detail }), "Deferred", "github_rate_limit"],
  [
    "GitHub's secondary limit is waited for",
    new GitHub.SecondaryRateLimited({ detail }),
    "Deferred",
    "github_secondary_rate_limit"
  ],
  [
    "a call that was not made because a limit holds is made when it has ended",
    new GitHub.OnHold({ untilMillis: 7, code: "github_rate_limit", detail }),
    "Deferred",
    "github_rate_limit"
  ],
  [
    "refused GitHub credentials are fatal",
    new GitHub.Unauthorized({ detail }),
    "Fatal",
    "github_unauthorized",
    "private key"
  ],
  [
    "a missing permission is fatal and named",
    new GitHub.Forbidden({ detail, acceptedPermissions: "administration=write" }),
    "Fatal",
    "github_forbidden",
    "administration=write"
  ],
  [
    "a forbidden call without a hint is fatal",
    new GitHub.Forbidden({ detail }),
    "Fatal",
    "github_forbidden",
    "permissions"
  ],
  [
    "what GitHub does not know is fatal",
    new GitHub.NotFound({ detail }),
    "Fatal",
    "github_not_found",
    "still has this name"
  ],
  [
    "an App that is not installed is fatal",
    new GitHub.NotInstalled({ repository: "o/r" }),
    "Fatal",
    "github_app_not_installed",
    "o/r"
  ],
  [
    "a taken runner name is tried again under another",
    new GitHub.RunnerNameTaken({ runnerName: "n" }),
    "Retryable",
    "github_runner_name_taken",
    "another name"
  ],
  ["a busy runner is waited for without limit", new GitHub.RunnerBusy({ detail }), "Deferred", "github_runner_busy"],
  [
    "an unusable GitHub runner group is fatal and named",
    new GitHub.RunnerGroupUnusable({ runnerGroup: "g", detail }),
    "Fatal",
    "github_runner_group_unusable",
    '"g"'
  ],
  ["a rejected call is fatal", new GitHub.Rejected({ status: 422, detail }), "Fatal", "github_rejected", "422"],
  [
    "a 5xx of GitHub is tried again",
    new GitHub.Unavailable({ status: 502, detail }),
    "Retryable",
    "github_unavailable",
    "502"
  ],
  [
    "a timeout at GitHub is tried again",
    new GitHub.TimedOut({ detail }),
    "Retryable",
    "github_timeout",
    "all the same"
  ],
  [
    "an unreachable GitHub is tried again",
    new GitHub.ConnectionFailed({ detail }),
    "Retryable",
    "github_connection_failed"
  ],
  [
    "an answer of GitHub that makes no sense is tried again",
    new GitHub.MalformedAnswer({ detail }),
    "Retryable",
    "github_malformed_answer"
  ]
]

const holds = (disposition: Disposition, kind: Kind, code: string, says: string | undefined, told: boolean) => {
  assert.deepStrictEqual([disposition._tag, disposition.code], [kind, code])
  assert.match(disposition.code, /^[a-z0-9]+(_[a-z0-9]+)*$/)
  if (says !== undefined) assert.include(disposition.message, says)
  if (told) assert.include(disposition.message, detail)
}

describe("what follows from a failure of E2B", () => {
  for (const [rule, reason, kind, code, says] of sandboxRows) {
    it(rule, () => {
      const disposition = ofSandboxError(new Sandbox.SandboxError({ operation: "create", reason }))
      holds(disposition, kind, code, says, "detail" in reason)
    })
  }

  it("every reason has a rule", () => {
    const ruled = new Set<string>(sandboxRows.map(([, reason]) => reason._tag))
    assert.deepStrictEqual(
      Sandbox.SandboxErrorReason.members
        .map((member) => member.fields._tag.schema.literal)
        .filter((tag) => !ruled.has(tag)),
      []
    )
  })

  it.each([
    new Sandbox.PlacementFailed({ detail, retryAfterSeconds: 9 }),
    new Sandbox.ConcurrencyLimited({ detail, retryAfterSeconds: 9 }),
    new Sandbox.RateLimited({ detail, retryAfterSeconds: 9 })
  ])("what E2B asked us to wait is kept ($_tag)", (reason) => {
    const disposition = ofSandboxError(new Sandbox.SandboxError({ operation: "create", reason }))
    assert.isTrue(disposition._tag === "Deferred" && disposition.retryAfterSeconds === 9)
  })
})

describe("what follows from a failure of GitHub", () => {
  for (const [rule, reason, kind, code, says] of gitHubRows) {
    it(rule, () => {
      const disposition = ofGitHubError(new GitHub.GitHubError({ operation: "getJob", reason }))
      holds(disposition, kind, code, says, "detail" in reason)
    })
  }

  it("every reason has a rule", () => {
    const ruled = new Set<string>(gitHubRows.map(([, reason]) => reason._tag))
    assert.deepStrictEqual(
      GitHub.GitHubErrorReason.members
        .map((member) => member.fields._tag.schema.literal)
        .filter((tag) => !ruled.has(tag)),
      []
    )
  })

  it("the reset time of the hourly limit is kept; a secondary limit without Retry-After waits a minute", () => {
    const primary = ofGitHubError(
      new GitHub.GitHubError({
        operation: "getJob",
        reason: new GitHub.PrimaryRateLimited({ detail, resetAtMillis: 1_700_000_000_000 })
      })
    )
    assert.isTrue(primary._tag === "Deferred" && primary.notBeforeMillis === 1_700_000_000_000)
    const secondary = (retryAfterSeconds?: number) =>
      ofGitHubError(
        new GitHub.GitHubError({
          operation: "getJob",
          reason: new GitHub.SecondaryRateLimited({
            detail,
            ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
          })
        })
      )
    const [told, untold] = [secondary(5), secondary()]
    assert.isTrue(told._tag === "Deferred" && told.retryAfterSeconds === 5)
    assert.isTrue(untold._tag === "Deferred" && untold.retryAfterSeconds === 60)
  })
})
