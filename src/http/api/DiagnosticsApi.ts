// How runnerd itself is: the contract of the diagnostics.
//
// Gotcha: `pprof`, `state`, `github`, `sandbox` and `recent_failures` are the original's; they stay as they are.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { RequestStatus, Stage } from "../../domain/RunnerRequest.ts"
import { Authorization } from "./Authorization.ts"
import { Moment, shown } from "./CatalogFields.ts"
import { RunnerRequestView } from "./RequestsApi.ts"

const Text = Schema.String
const Count = Schema.Int
const Seconds = Schema.Finite
const MaybeText = Schema.NullOr(Text)
const MaybeCount = Schema.NullOr(Count)
const MaybeMoment = Schema.NullOr(Moment)

const Profiling = Schema.Struct({
  address: shown(Text, "Where the profiling listener of this process is: host and port of the loopback."),
  address_file: shown(Text, "The file that says so and holds the key to it; empty: it could not be written."),
  dump_script: shown(
    Text,
    "The command that fetches every profile, for a shell on that machine; empty: there is no address file."
  )
}).annotate({ identifier: "ProfilingListener" })

const State = Schema.Struct({
  backend: shown(Schema.Literals(["sqlite", "postgres"]), "The kind of database."),
  database: shown(Text, "Its file, or its name and server. Never credentials.")
}).annotate({ identifier: "DatabasePlace" })

const GitHubSettings = Schema.Struct({
  auth_mode: shown(Schema.Literals(["app", "token", "basic"]), "How runnerd proves who it is."),
  app_id: shown(MaybeCount, "The App's id; null: no App."),
  installation_id: shown(MaybeCount, "The one installation; null: each repository's own, or no App."),
  api_base_url: shown(Text, "Where GitHub is called."),
  registration_mode: shown(Schema.Literals(["jit", "token"]), "How runners are registered.")
}).annotate({ identifier: "GitHubSettings" })

const SandboxSettings = Schema.Struct({
  api_url: shown(Text, "E2B's control API."),
  sandbox_url: shown(MaybeText, "Where sandboxes are reached; null: at hosts of their own."),
  timeout_seconds: shown(Seconds, "The life of a sandbox, and of each extension."),
  max_timeout_seconds: shown(Schema.NullOr(Seconds), "The longest life; null: as long as E2B's plan allows.")
}).annotate({ identifier: "SandboxSettings" })

const Versions = Schema.Struct({
  runnerd: shown(Text, "runnerd's version."),
  node: shown(Text, "Node.js's version."),
  database: shown(MaybeText, "The version of SQLite or of the PostgreSQL server; null: the database does not answer."),
  schema: shown(MaybeText, "The newest migration of the database; null: the database does not answer.")
}).annotate({ identifier: "Versions" })

const EventLoop = Schema.Struct({
  utilization: shown(Seconds, "The share of time that the process was busy, 0 to 1."),
  delay_mean_seconds: shown(Seconds, "How late timers were on average."),
  delay_p50_seconds: shown(Seconds, "How late half of the timers were at most."),
  delay_p99_seconds: shown(Seconds, "How late 99 of 100 timers were at most."),
  delay_max_seconds: shown(Seconds, "How late the latest timer was.")
}).annotate({ identifier: "EventLoop" })

const Process = Schema.Struct({
  host: shown(Text, "The machine's name."),
  pid: shown(Count, "The process's number there."),
  started_at: shown(Moment, "When it started."),
  uptime_seconds: shown(Seconds, "How long it has run."),
  resident_bytes: shown(Seconds, "Memory that the process has in all."),
  heap_used_bytes: shown(Seconds, "JavaScript objects, garbage included."),
  heap_total_bytes: shown(Seconds, "What is set aside for them."),
  external_bytes: shown(Seconds, "Buffers and the like."),
  event_loop: shown(EventLoop, "Of the last ten seconds."),
  actors: shown(Count, "Requests that a fiber of this process takes care of.")
}).annotate({ identifier: "ProcessState" })

const Instance = Schema.Struct({
  id: shown(Text, "The mark that every sandbox of this installation carries."),
  tag: shown(Text, "Its short form, in the names of runners."),
  confirmed: shown(
    Schema.Boolean,
    "False: the database is a copy or was moved, and what is outside is left alone until `runnerd confirm-database`."
  )
}).annotate({ identifier: "InstanceState" })

const Database = Schema.Struct({
  reachable: shown(Schema.Boolean, "Whether it answered just now. False: all that it knows is absent below."),
  error: shown(MaybeText, "The class of its failure; null: none."),
  latency_seconds: shown(Schema.NullOr(Seconds), "How long it took to answer a small question."),
  size_bytes: shown(Schema.NullOr(Seconds), "How much it stores.")
}).annotate({ identifier: "DatabaseState" })

const Node = Schema.Struct({
  node: shown(Text, "The incarnation's name, as `lease_owner` of requests has it."),
  host: shown(Text, "The machine."),
  pid: shown(Count, "The process's number there."),
  started_at: shown(Moment, "When this incarnation began."),
  heartbeat_at: shown(Moment, "Its last sign of life."),
  heartbeat_age_seconds: shown(Seconds, "How long that was ago, by the database's clock."),
  alive: shown(Schema.Boolean, "Whether it holds its lease."),
  leads: shown(Schema.Boolean, "Whether it runs the sweeps and the repair of intake."),
  answers: shown(Schema.Boolean, "Whether it is the process that answers this.")
}).annotate({ identifier: "NodeState" })

const Deliveries = Schema.Struct({
  last_at: shown(MaybeMoment, "When the newest delivery of any kind came in; null: none is stored."),
  last_age_seconds: shown(Schema.NullOr(Seconds), "How long that was ago."),
  last_workflow_job_at: shown(MaybeMoment, "When the newest workflow_job webhook came in; null: none is stored."),
  jobs_unheard_since: shown(
    MaybeMoment,
    "Since when jobs have come to be known in other ways although no webhook told of one; null: none has."
  ),
  silence_alarm: shown(MaybeText, "The alarm, when that has gone on for too long; null: all is well."),
  silence_alarm_after_seconds: shown(Seconds, "How long that is: repair.silence_alarm_seconds.")
}).annotate({ identifier: "DeliveryState" })

const Limit = Schema.Struct({
  scope: shown(
    Text,
    "Whose limit: `e2b`, `github`, `github:<account>`, or `github-app` for what the App asks for itself."
  ),
  no_calls_until: shown(MaybeMoment, "Before this nothing is asked at all; null: calls are made."),
  no_runners_until: shown(MaybeMoment, "Before this no runner is begun; null: they are."),
  code: shown(MaybeText, "Why, for programs; null: GitHub refused nothing, little is left of its hour."),
  message: shown(MaybeText, "Why, in a sentence."),
  refused_at: shown(MaybeMoment, "When it was refused last."),
  refusals: shown(Count, "Refusals in a row.")
}).annotate({ identifier: "ProviderLimit" })

const RateLimit = Schema.Struct({
  scope: shown(Text, "Whose limit, as in `limits`."),
  remaining: shown(Count, "Calls that are left of the hour."),
  limit: shown(Count, "How many the hour has.")
}).annotate({ identifier: "GitHubRateLimit" })

const Pacing = Schema.Struct({
  creates_per_second: shown(Schema.NullOr(Seconds), "e2b.creates_per_second, all nodes together; null: unlimited."),
  creates_now: shown(MaybeCount, "Sandboxes that E2B may be asked for at this moment; null: any number."),
  more_at: shown(MaybeMoment, "When it may be asked for one more than that; null: nothing but a sandbox's end says."),
  e2b_ceiling: shown(MaybeCount, "As many sandboxes as there were when E2B refused one more; null: it has not."),
  github: shown(
    Schema.Array(
      Schema.Struct({
        scope: shown(Text, "The account, as in `limits`."),
        points_spent: shown(Count, "GitHub's points for registering runners in the last minute."),
        points_allowed: shown(Count, "How many may be spent in a minute.")
      }).annotate({ identifier: "GitHubPace" })
    ),
    "By account; none where registering costs nothing that matters."
  )
}).annotate({ identifier: "Pacing" })

const SpecCapacity = Schema.Struct({
  name: shown(Text, "The spec; one that was deleted is told of as long as requests name it."),
  enabled: shown(Schema.Boolean, "Whether it takes new jobs."),
  busy: shown(Count, "Runners that have taken a job."),
  idle: shown(Count, "Runners that start, listen, or are being removed."),
  pending: shown(Count, "Requests without a runner."),
  sandboxes: shown(Count, "Sandboxes that may exist: what the limits count."),
  max_concurrency: shown(MaybeCount, "Sandboxes that it may have at once; null: no limit of its own.")
}).annotate({ identifier: "SpecCapacity" })

const Capacity = Schema.Struct({
  sandboxes: shown(Count, "Sandboxes that may exist, all specs together."),
  max_concurrent_runners: shown(MaybeCount, "The configuration's limit on sandboxes; null: unlimited."),
  max_concurrent_creates: shown(Count, "How many this process may be making at once."),
  specs: shown(Schema.Array(SpecCapacity), "Spec by spec, by name.")
}).annotate({ identifier: "CapacityState" })

const Work = Schema.Struct({
  node: shown(Text, "The incarnation that holds these requests."),
  status: shown(RequestStatus, "Their status."),
  stage: shown(Schema.NullOr(Stage), "What is being done for them."),
  requests: shown(Count, "How many there are.")
}).annotate({ identifier: "HeldWork" })

const Loop = Schema.Struct({
  name: shown(Text, "The loop."),
  began_at: shown(Moment, "When its newest turn began; most loops wait for news inside of a turn."),
  ended_at: shown(MaybeMoment, "When a turn ended last; null: none has."),
  failed_at: shown(MaybeMoment, "When a turn failed last; null: none has."),
  turns: shown(Count, "Turns that ended. A sweep's turn on a node that does not lead does nothing."),
  failures: shown(Count, "Those that failed; the log says why.")
}).annotate({ identifier: "LoopState" })

export const DiagnosticsView = Schema.Struct({
  at: shown(Moment, "The moment that is told of."),
  pprof: shown(Schema.Array(Profiling), "The profiling listener of this process; empty: it has none."),
  profiling_off: shown(MaybeText, "Why it has none; null: it has one."),
  state: shown(State, "Which database."),
  github: shown(GitHubSettings, "How GitHub is called."),
  sandbox: shown(SandboxSettings, "How E2B is called."),
  recent_failures: shown(Schema.Array(RunnerRequestView), "The five newest requests that failed, newest first."),
  versions: shown(Versions, "What runs."),
  process: shown(Process, "The process that answers."),
  instance: shown(Instance, "Whose sandboxes and runners are ours."),
  database: shown(Database, "How the database is."),
  nodes: shown(Schema.Array(Node), "Processes that work on this database, the oldest first."),
  deliveries: shown(Schema.NullOr(Deliveries), "What GitHub delivers; null: the database does not answer."),
  limits: shown(Schema.Array(Limit), "What E2B and GitHub told us to wait for, and that holds now."),
  github_rate_limits: shown(Schema.Array(RateLimit), "What GitHub told this process last of its hourly limits."),
  pacing: shown(
    Schema.NullOr(Pacing),
    "At which pace sandboxes and runners are begun; null: the database does not answer."
  ),
  capacity: shown(Schema.NullOr(Capacity), "How far the limits are used; null: the database does not answer."),
  work: shown(Schema.Array(Work), "Unfinished requests that nodes hold, by what is being done for them."),
  loops: shown(Schema.Array(Loop), "What this process does again and again, and when it did last."),
  warnings: shown(
    Schema.Array(
      Schema.Struct({
        code: shown(Text, "For programs."),
        message: shown(Text, "For people.")
      }).annotate({ identifier: "StandingWarning" })
    ),
    "What should be looked at, as /readyz has it."
  )
}).annotate({ identifier: "Diagnostics" })
export type DiagnosticsView = typeof DiagnosticsView.Type

export class DiagnosticsApi extends HttpApiGroup.make("diagnostics")
  .add(
    HttpApiEndpoint.get("get", "/diagnostics", { success: DiagnosticsView }).annotateMerge(
      OpenApi.annotations({
        summary: "Read how runnerd is",
        description:
          "Everything that helps to find out what is wrong: the process that answers, the database, all nodes, limits and pace, capacity, work, loops. Answers also when the database does not; what it alone knows is absent then. No secrets."
      })
    ),
    HttpApiEndpoint.get("pprof", "/diagnostics/pprof", { success: DiagnosticsView }).annotateMerge(
      OpenApi.annotations({
        summary: "Read how runnerd is, at the original's address",
        description: "The same as /diagnostics, where the original had it."
      })
    )
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Diagnostics", description: "How runnerd itself is." })) {}
