// What an operator reads of each key, in the one place that has the words: comments of configuration files and the
// descriptions of the JSON schema are made of them.
//
// Answers for: the words, and what the example shows where the key has no default. That each key has its own is held by
// the types; a key in two forms (`token`, `token_file`) may have them once. Not for names, types and defaults
// (ConfigDocument.ts). Loaded by nothing that only runs.
import { configDocument } from "./ConfigDocument.ts"
import type { ConfigKey, ConfigList } from "./ConfigKey.ts"

export interface KeyText {
  /** Undefined: its twin's words are also for it. */
  readonly says: string | undefined
  /** As YAML, when the key has no default that could be shown. */
  readonly shown: string | undefined
  /** Whether the example's line counts, or is an alternative that is commented out. */
  readonly counts: boolean
}

export type TextOf<T> =
  T extends ConfigKey<infer _>
    ? KeyText
    : T extends ConfigList<infer S>
      ? { readonly says: string; readonly entry: TextOf<S> }
      : { readonly says?: string; readonly keys: { readonly [K in keyof T]: TextOf<T[K]> } }

/** A key whose default is shown. */
const key = (says: string): KeyText => ({ says, shown: undefined, counts: true })
/** A key without one, which the example has all the same. */
const filled = (shown: string, says: string): KeyText => ({ says, shown, counts: true })
/** An alternative or an extra. */
const extra = (shown: string, says?: string): KeyText => ({ says, shown, counts: false })
/** What was dropped; the example does not have it. */
const dropped = (says: string): KeyText => ({ says, shown: undefined, counts: false })

export const configText: TextOf<typeof configDocument>["keys"] = {
  server: {
    keys: {
      http_addr: key(
        'Where to listen for webhooks, the API and the console: ":PORT" (all interfaces), "HOST:PORT" or "[IPV6]:PORT".'
      ),
      read_timeout_seconds: key("Seconds to read a whole request."),
      write_timeout_seconds: key("Seconds to answer a request."),
      idle_timeout_seconds: key("Seconds that an unused keep-alive connection stays open."),
      cors_origins: key(
        "Web pages of other origins that may call the API from a browser: https://tools.example.com and the like, exactly; none unless given. The console that comes with runnerd needs none."
      ),
      trusted_proxies: key(
        "Proxies in front of runnerd, by address or range (10.0.0.0/8), that tell by X-Forwarded-For for whom they ask: for the log, and for the limit on wrong tokens. Only what a proxy named here says is believed."
      ),
      access_log: key(
        "One line in the log for each request, at level info: method, route, status, duration, the token's name, the address."
      )
    }
  },
  log: {
    keys: {
      level: key(
        "What is written to standard output, one line each: trace, debug, info, warn or error, and whatever is worse."
      ),
      format: key("json, text, or auto: text on a terminal, else json.")
    }
  },
  database: {
    keys: {
      backend: key(
        "sqlite, for one process: a second one on the same file does not start. postgres, for one or several nodes."
      ),
      url: extra(
        "var/runnerd.db",
        "sqlite: the file, var/runnerd.db unless given. postgres (required): postgres://USER@HOST:5432/DATABASE?sslmode=verify-full or host=… user=… dbname=…; sslmode: disable (unless given), prefer, require, verify-ca, verify-full; sslrootcert=PATH."
      ),
      password: extra('""', "postgres: the password, if it is not part of the url; or a file that holds it."),
      password_file: extra("secrets/database-password"),
      max_connections: key(
        "postgres: connections of this node's pool; two more are kept for as long as it runs. No transaction-mode pooler in between."
      )
    }
  },
  admin: {
    keys: {
      token: filled(
        '""',
        "Required. The bearer token of the management API and the console; visible ASCII characters."
      ),
      token_file: extra("secrets/admin-token"),
      tokens: {
        says: "Further tokens, each with a name of its own, which the audit trail and the logs show, and a role: viewer reads, operator also creates, retries and stops requests, admin may do everything. A list of mappings; none unless given.",
        entry: {
          keys: {
            name: extra("dashboard", "Required. What the token's owner is called in the audit trail and the logs."),
            role: extra(
              "viewer",
              "Required. viewer reads, operator also creates, retries and stops requests, admin may do everything."
            ),
            token: extra('""', "Required. The bearer token; visible ASCII characters."),
            token_file: extra("secrets/dashboard-token")
          }
        }
      }
    }
  },
  e2b: {
    keys: {
      api_key: filled('""', "Required. The API key of the E2B team in which the sandboxes run."),
      api_key_file: extra("secrets/e2b-api-key"),
      api_url: filled(
        "https://api.e2b.app",
        "Required. The control API. From https://api.<domain> the hosts of the sandboxes follow; for any other URL they are expected behind the same origin, unless sandbox_url says where."
      ),
      sandbox_url: extra(
        "https://sandbox.e2b.app",
        "Where the sandboxes are reached, if it does not follow from api_url."
      ),
      timeout_seconds: key(
        "Seconds that a sandbox lives at first. While its runner has a job its life is extended by as much, again and again. Must be more than create_timeout_seconds, and no more than the E2B plan allows."
      ),
      max_timeout_seconds: key(
        "Seconds that a sandbox lives at most, and so the longest that a job can take; or unlimited: as long as E2B's plan allows."
      ),
      api_timeout_seconds: extra(
        "18",
        "Seconds that a single call to E2B or GitHub may take, the create of a sandbox excepted: at most 0.6 of worker.lease_ttl_seconds. Unless given it is just that, but no more than 60; check-config says which."
      ),
      create_timeout_seconds: key(
        "Seconds that the create of a sandbox may take; and, counted anew, upload and start of the runner together. May be longer than the lease, because it is renewed meanwhile."
      ),
      stop_timeout_seconds: key(
        "Seconds. Accepted, but without effect in this version: a removal is tried until it succeeds."
      ),
      creates_per_second: key(
        "How many sandboxes are asked for per second, by all nodes together: a number above 0, or unlimited."
      )
    }
  },
  github: {
    keys: {
      webhook_secret: filled('""', "Required. The secret of the webhook, as entered at GitHub."),
      webhook_secret_file: extra("secrets/webhook-secret"),
      api_base_url: key(
        "https://api.github.com, or an http URL on this machine's loopback for a simulator. GitHub Enterprise Server is not supported."
      ),
      allowed_repositories: key(
        "Whose jobs get runners: a list of owner/repo or owner/*; upper and lower case are the same. Empty: every repository whose webhooks are signed with the secret above."
      ),
      registration_mode: key(
        "How a runner registers: jit (a just-in-time configuration for each runner; nothing in the sandbox can register another) or token (a registration token and config.sh; fewer calls to GitHub)."
      ),
      app: {
        says: "Exactly one of the three ways to authenticate must be there: app, token or basic_auth. This one is a GitHub App.",
        keys: {
          id: filled("", "Required. The App's id, a whole number; 0 or blank: not given."),
          installation_id: filled(
            "0",
            "The installation to use for every repository, whose events alone are taken; 0 or blank: each repository's own is looked up."
          ),
          private_key_file: filled(
            '""',
            "Required. The RSA key that GitHub generated for the App (PEM, PKCS#1 or PKCS#8): in place, or as a file's path."
          ),
          private_key: extra("|\n  -----BEGIN RSA PRIVATE KEY-----\n  ...\n  -----END RSA PRIVATE KEY-----")
        }
      },
      token: extra('""', "A personal access token."),
      token_file: extra("secrets/github-token"),
      basic_auth: {
        says: "A user name and a password.",
        keys: {
          username: extra('""', "Required. The user's name, without a colon."),
          password: extra('""', "Required. The password, or a personal access token."),
          password_file: extra("secrets/github-password")
        }
      },
      owner: dropped("Must be blank: the repository comes from each event."),
      repo: dropped("Must be blank: the repository comes from each event.")
    }
  },
  worker: {
    keys: {
      max_concurrent_runners: key(
        "How many sandboxes may exist at once, all processes together: 1 or more, or unlimited."
      ),
      max_concurrent_creates: key("How many runners one process makes at once."),
      runner_idle_timeout_seconds: key("Seconds until a runner that waits for a job in vain is removed."),
      ready_timeout_seconds: key(
        'Seconds until a started runner that never says "Listening for Jobs" is given up, and another attempt made.'
      ),
      recovery_timeout_seconds: key(
        "Seconds. Accepted, but without effect in this version: a start takes over what runs and waits for no recovery."
      ),
      shutdown_timeout_seconds: key(
        "Seconds that a process which is told to stop (SIGTERM) waits for the runners it is just making; what is not ready by then the next process removes and makes anew. Open HTTP requests have 5 seconds before that. Runners are never touched."
      ),
      lease_ttl_seconds: filled(
        "30",
        "Seconds without a sign of life until other processes take over what a process was doing; 10 or more. It is renewed every third of it; e2b.api_timeout_seconds must fit into 0.6 of it. Unless given it is 30, or as much as an explicit e2b.api_timeout_seconds needs."
      ),
      retry_base_delay_seconds: key("Seconds before the first retry; doubled for each further one, up to the longest."),
      retry_max_delay_seconds: key("Seconds before a retry at the longest."),
      retry_max_attempts: key(
        "Attempts that may fail for a passing reason before a request is given up. Waiting for room at E2B or for a rate limit is not an attempt."
      ),
      breaker_deaths: key(
        "A runner spec is paused when so many of its sandboxes in a row died before they took a job: 1 or more, or unlimited."
      ),
      breaker_cooldown_seconds: key(
        "Seconds until one sandbox tries whether a paused spec works again; an operator may resume it at any time."
      )
    }
  },
  repair: {
    says: "How jobs are found whose webhook never arrived or was not taken in. README.md says which bounds follow.",
    keys: {
      workflow_run_delay_seconds: key(
        "Seconds after a workflow_run event until the jobs of its run are listed; what their own events tell until then is known. Only where the webhook sends workflow_run events, which need not be."
      ),
      deliveries_interval_seconds: key(
        "Seconds between two looks at GitHub's log of webhook deliveries, for those that did not arrive. With github.app only."
      ),
      deliveries_pages: key("Pages of 100 deliveries that one look reads at most; what is left is for the next one."),
      reconcile_interval_seconds: key(
        "Seconds between two rounds that ask GitHub for queued jobs, and for the end of jobs whose end was not told."
      ),
      reconcile_calls: key(
        "Lists that one round asks for at most, 8 or more: half of them runs of repositories (two for each, the lately active first), half of them jobs of runs. Lists that have not changed cost nothing of GitHub's hourly limit."
      ),
      silence_alarm_seconds: key(
        "Seconds that jobs may come to be known in other ways, with no workflow_job webhook arriving, until that is an alarm."
      )
    }
  },
  metrics: {
    says: "What GET /metrics shows to Prometheus; docs/metrics.md has a table of it.",
    keys: {
      public: key("Whether /metrics needs no token. Unless it is public, give Prometheus a token of the role viewer."),
      job_labels: key(
        "Labels of the counters of jobs, some of: repository_full_name, workflow_name, job_name, spec, repository, owner, head_branch, runs_on. Each combination that occurs is a series; job_name and head_branch are what developers write."
      ),
      job_duration_labels: key("Labels of the histograms of jobs, where each combination is 48 series."),
      max_series: key('Combinations that one metric may have; what comes later is counted under "other".')
    }
  },
  telemetry: {
    says: "Where traces and logs are sent by OpenTelemetry's protocol (OTLP over HTTP); nowhere unless an endpoint is given. Without otlp_endpoint the standard OTEL_* variables of the environment count instead of this section, never together with it.",
    keys: {
      otlp_endpoint: extra(
        "http://localhost:4318",
        "The collector's base URL, such as http://localhost:4318 or https://api.honeycomb.io; /v1/traces and /v1/logs are appended."
      ),
      otlp_protocol: key("How batches are encoded: http/protobuf or http/json."),
      otlp_compression: key("How batches are compressed: none or gzip."),
      otlp_timeout_seconds: key("Seconds that the collector may take for one batch; what it does not take is dropped."),
      otlp_headers: {
        says: "Headers that each batch carries, such as the collector's API key. A list of mappings; none unless given.",
        entry: {
          keys: {
            name: extra("x-honeycomb-team", "Required. The header's name."),
            value: extra('""', "Required. The header's value."),
            value_file: extra("secrets/honeycomb-key")
          }
        }
      },
      traces: key("One trace for each request, from the webhook's delivery to the clean-up."),
      logs: key("The lines of the log, too; not every collector takes them."),
      service_name: key("What runnerd is called there."),
      resource_attributes: key(
        "What else is said of this process: a list of key=value, such as deployment.environment.name=production."
      )
    }
  },
  profiling: {
    says: "A listener that lets this process be looked into while it runs: CPU and memory profiles, counters; for `runnerd profile`. Only from this machine, and only for whoever may read its address file, or has a token of the role admin.",
    keys: {
      enabled: key("Whether there is one."),
      http_addr: key(
        "Where it listens: 127.0.0.1:PORT or [::1]:PORT; 0 takes any free port. Nothing but the loopback is accepted."
      ),
      address_file: extra(
        "var/runnerd.db.pprof",
        "The file that says where that is, with the key to it. Unless given, it is beside SQLite's file with .pprof at the end of its name; with postgres it is var/runnerd.pprof. Processes on one machine need one each."
      )
    }
  },
  retention: {
    says: "For how many days each kind of data is kept: 1 or more, or unlimited. Unfinished requests are always kept.",
    keys: {
      delivery_bodies_days: key(
        "The payloads of webhook deliveries; what else is known of a delivery has a time of its own."
      ),
      deliveries_days: key(
        "Webhook deliveries: id, event, outcome. A delivery that GitHub sends again later than this is no longer recognised."
      ),
      logs_days: key("What runners printed."),
      events_days: key("The timelines of requests."),
      requests_days: key("Finished requests, with their timelines and logs, and what GitHub said of jobs."),
      audit_days: key("What was changed by the management API, and by whom.")
    }
  }
}
