// What has been broken in the runner's stand-in and in GitHub's side of it, so that each of its tests was seen red.
import type { MutantArea, Mutation } from "./Mutation.ts"
import { scriptedRunner } from "./scriptedRunner.ts"

/** Runs as root only, and so does its test. */
const asRoot: ReadonlyArray<Mutation> =
  process.getuid?.() === 0
    ? [
        {
          name: "root may configure a runner",
          file: "src/simulator/runner/standin/config.sh",
          find: "-eq 0 &&",
          replace: "-eq 1 &&",
          reds: ["StandIn › as root"]
        }
      ]
    : []

export const runner: MutantArea = {
  name: "runner",
  suites: ["test/simulator/runner"],
  mutations: [
    ...asRoot,
    {
      name: "the stand-in says no time before a marker",
      file: "src/simulator/runner/standin/bin/terminal.mjs",
      find: "say(`${utc()}: ${text}`)",
      replace: "say(text)",
      reds: [
        "StandIn › with a JIT configuration › does one job",
        "SameLines › the stand-in and the scripted runner › say the same, line by line, of a job that succeeds"
      ]
    },
    {
      name: "the stand-in's credentials can be read by all",
      file: "src/simulator/runner/standin/bin/runnerFiles.mjs",
      find: "{ mode: 0o600 }",
      replace: "{ mode: 0o644 }",
      reds: ["StandIn › with a JIT configuration › takes the configuration as an argument too"]
    },
    {
      name: "run.sh passes its listener's exit code on",
      file: "src/simulator/runner/standin/run.sh",
      find: '  echo "Exiting runner..."\n  exit 0',
      replace: '  echo "Exiting runner..."\n  exit "$code"',
      reds: [
        "StandIn › with a JIT configuration › ends with exit code 0",
        "StandIn › the listener's own exit code",
        "Conformance › the stand-in › a runner › ends by itself",
        "Misbehaving › the stand-in › a runner that misbehaves › registration_refused: with a JIT",
        "Misbehaving › the stand-in › a runner that misbehaves › session_conflict",
        "Misbehaving › the stand-in › a runner that misbehaves › deprecated_version",
        "Misbehaving › the stand-in › a runner that misbehaves › crash_before_job",
        "Misbehaving › the stand-in › a runner that misbehaves › crash_during_job"
      ]
    },
    {
      name: "the stand-in runs steps after one that failed",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: 'cancelled.aborted || conclusion !== "success"',
      replace: "cancelled.aborted",
      reds: [
        "StandIn › a failing job",
        "StandIn › hooks › that fail or are missing",
        "Conformance › the stand-in › a runner › reports a failed job",
        "Misbehaving › the stand-in › a runner that misbehaves › hook_failure"
      ]
    },
    {
      name: "the stand-in knows no hook after the job",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: '"ACTIONS_RUNNER_HOOK_JOB_COMPLETED"',
      replace: '"ACTIONS_RUNNER_HOOK_JOB_ENDED"',
      reds: ["StandIn › hooks › run before and after", "Conformance › the stand-in › a runner › tells the job's log"]
    },
    {
      name: "what configured the stand-in stays in its environment",
      file: "src/simulator/runner/standin/bin/options.mjs",
      find: "delete process.env[key]",
      replace: "void key",
      reds: ["StandIn › the job's environment"]
    },
    {
      name: "the stand-in hears no cancellation",
      file: "src/simulator/runner/standin/bin/listener.mjs",
      find: 'message.type === "cancel"',
      replace: 'message.type === "cancelled"',
      reds: [
        "StandIn › cancellation › at GitHub kills",
        "StandIn › with a JIT configuration › is online while it listens",
        "Conformance › the stand-in › a runner › stops a job"
      ]
    },
    {
      name: "the stand-in leaves what a step started",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: "for (const pid of killOrphans(env.RUNNER_TRACKING_ID))",
      replace: "for (const pid of [])",
      reds: ["StandIn › cancellation › kills what a step left"]
    },
    {
      name: "run.sh passes no signal on",
      file: "src/simulator/runner/standin/run.sh",
      find: "trap 'kill -INT -- \"-$PID\" 2>/dev/null' INT TERM",
      replace: "trap : INT TERM",
      reds: ["StandIn › cancellation › by SIGTERM, passed on", "StandIn › cancellation › by SIGTERM while idle"]
    },
    {
      name: "config.sh writes the default labels otherwise",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: '"Linux", "X64"',
      replace: '"linux", "x64"',
      reds: ["StandInToken › with a registration token › config.sh registers with GitHub's default labels"]
    },
    {
      name: "config.sh always adds the default labels",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: 'options["no-default-labels"] === true ? [] :',
      replace: 'options["no-default-labels"] === 1 ? [] :',
      reds: [
        "StandInToken › with a registration token › takes every argument",
        "Conformance › the stand-in › a runner › with a registration token"
      ]
    },
    {
      name: "config.sh hides GitHub's refusal",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: 'if (answer.status !== 201) refused("POST"',
      replace: 'if (answer.status > 500) refused("POST"',
      reds: [
        "StandInToken › with a registration token › is refused",
        "Misbehaving › the stand-in › a runner that misbehaves › registration_refused: with a token"
      ]
    },
    {
      name: "config.sh configures what is configured",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: "if (readConfiguration() !== null) {",
      replace: "if (readConfiguration() === undefined) {",
      reds: ["StandInToken › with a registration token › is not configured twice"]
    },
    {
      name: "the stand-in ends after one job always",
      file: "src/simulator/runner/standin/bin/listener.mjs",
      find: "result === null || !configuration.ephemeral",
      replace: "result === null",
      reds: ["StandInToken › with a registration token › takes job after job"]
    },
    {
      name: "the worker's log has another name",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: "`Worker_${order.id}.log`",
      replace: "`Job_${order.id}.log`",
      reds: ["StandIn › diagnostics"]
    },
    {
      name: "what a faulty job leaves is found",
      file: "src/simulator/runner/standin/bin/misbehaviour.mjs",
      find: "env: unmarked",
      replace: "env",
      reds: ["StandIn › what a faulty job leaves behind"]
    },
    {
      name: "the stand-in gives up a conflict too early",
      file: "src/simulator/runner/standin/bin/session.mjs",
      find: "conflictTries = 8",
      replace: "conflictTries = 7",
      reds: [
        "Misbehaving › the stand-in › a runner that misbehaves › session_conflict",
        "SameLines › the stand-in and the scripted runner › say the same, line by line, of session_conflict"
      ]
    },
    {
      name: "the stand-in words a refused version otherwise",
      file: "src/simulator/runner/standin/bin/session.mjs",
      find: "An error occured:",
      replace: "An error occurred:",
      reds: ["SameLines › the stand-in and the scripted runner › say the same, line by line, of deprecated_version"]
    },
    {
      name: "the stand-in says at each try that it cannot connect",
      file: "src/simulator/runner/standin/bin/listener.mjs",
      find: "if (reachable) marker(`Runner connect error",
      replace: "marker(`Runner connect error",
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › connect_error"]
    },
    {
      name: "the stand-in gives up a wrong clock at once",
      file: "src/simulator/runner/standin/bin/session.mjs",
      find: "clockTries = 60",
      replace: "clockTries = 1",
      reds: [
        "Misbehaving › the stand-in › a runner that misbehaves › clock_skew",
        "Misbehaving › the stand-in › a runner that misbehaves › clocks more than five minutes apart"
      ]
    },
    {
      name: "run.sh does not start the listener again",
      file: "src/simulator/runner/standin/run.sh",
      find: "      continue\n",
      replace: "      exit 0\n",
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › retry_for_ever"]
    },
    {
      name: "the stand-in never acts out crash_before_job",
      file: "src/simulator/runner/standin/bin/listener.mjs",
      find: 'misbehaviour.has("crash_before_job")',
      replace: 'misbehaviour.has("never")',
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › crash_before_job"]
    },
    {
      name: "the stand-in never acts out silence",
      file: "src/simulator/runner/standin/bin/listener.mjs",
      find: 'misbehaviour.has("silence")',
      replace: 'misbehaviour.has("never")',
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › silence"]
    },
    {
      name: "the stand-in never acts out crash_during_job",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: 'misbehaviour.has("crash_during_job")',
      replace: 'misbehaviour.has("never")',
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › crash_during_job"]
    },
    {
      name: "the stand-in never acts out hook_failure",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: 'misbehaviour.has("hook_failure")',
      replace: 'misbehaviour.has("never")',
      reds: [
        "Misbehaving › the stand-in › a runner that misbehaves › hook_failure",
        "SameLines › the stand-in and the scripted runner › say the same, line by line, of hook_failure"
      ]
    },
    {
      name: "the stand-in never acts out leftovers",
      file: "src/simulator/runner/standin/bin/job.mjs",
      find: 'misbehaviour.has("leftovers")',
      replace: 'misbehaviour.has("never")',
      reds: ["Misbehaving › the stand-in › a runner that misbehaves › leftovers"]
    },
    {
      name: "config.sh tries only twice",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: "const tries = 3",
      replace: "const tries = 2",
      reds: ["StandInToken › with a registration token › tries three times"]
    },
    {
      name: "config.sh removes a runner that a JIT configuration made",
      file: "src/simulator/runner/standin/bin/configure.mjs",
      find: "configuration.jitConfig === true",
      replace: "configuration.jitConfig === 1",
      reds: ["StandInToken › with a registration token › does not remove a runner that was made by a JIT"]
    },
    {
      name: "the stand-in reports another version",
      file: "src/simulator/runner/standin/bin/runnerFiles.mjs",
      find: 'runnerVersion = "2.336.0"',
      replace: 'runnerVersion = "2.336.1"',
      reds: ["Conformance › the stand-in › a runner › with a JIT"]
    },
    {
      name: "nobody is busy",
      file: "src/simulator/github/rest/ControlState.ts",
      find: "busy: runner.job !== null",
      replace: "busy: false",
      reds: [
        "StandIn › with a JIT configuration › is online while it listens",
        "Conformance › the stand-in › a runner › is online",
        "Conformance › the scripted runner › a runner › is online"
      ]
    },
    {
      name: "the newest job goes first",
      file: "src/simulator/github/machine/Matchmaker.ts",
      find: "const head = first(jobs.jobs.values())",
      replace: "const head = [...jobs.jobs.values()].at(-1)",
      reds: [
        "StandIn › with a JIT configuration › takes whichever job is oldest",
        "Conformance › the stand-in › a runner › takes whichever job is oldest",
        "Conformance › the scripted runner › a runner › takes whichever job is oldest"
      ]
    },
    {
      name: "a job does not wait for what it needs",
      file: "src/simulator/github/machine/WorkflowRuns.ts",
      find: 'if (needed.status !== "completed") job.unfinishedNeeds += 1',
      replace: 'if (needed.status === "completed") job.unfinishedNeeds += 1',
      reds: ["StandIn › with a JIT configuration › does the jobs of a run in the order of their needs"]
    },
    {
      name: "GitHub does not say why it fails a lost job",
      file: "src/simulator/github/machine/RunnerSessions.ts",
      find: "lost communication with the server",
      replace: "is gone",
      reds: [
        "Conformance › the stand-in › a runner › whose sandbox is killed during a job",
        "Conformance › the scripted runner › a runner › whose sandbox is killed during a job"
      ]
    },
    {
      name: "a registration that is deleted is refused otherwise",
      file: "src/simulator/runner/standin/bin/session.mjs",
      find: "The runner no longer exists on the server.",
      replace: "The runner is no more.",
      reds: [
        "Conformance › the stand-in › a runner › ends by itself",
        "Misbehaving › the stand-in › a runner that misbehaves › registration_refused: with a JIT",
        "SameLines › the stand-in and the scripted runner › say the same, line by line, of registration_refused"
      ]
    },
    {
      name: "a silent runner is never offline",
      file: "src/simulator/github/machine/RunnerSessions.ts",
      find: "      if (runner.session === session) this.close(runner)\n    })\n  }\n\n  #send",
      replace: "    })\n  }\n\n  #send",
      reds: [
        "Conformance › the stand-in › a runner › whose sandbox is killed while idle",
        "Conformance › the scripted runner › a runner › whose sandbox is killed while idle",
        "ScriptedRunner › GitHub › sees a runner that was stopped"
      ]
    },
    {
      name: "a refused registration is let in at its second try",
      file: "src/simulator/github/machine/RunnerFaults.ts",
      find: "this.#refused.set(name, kinds)",
      replace: "this.#refused.clear()",
      reds: [
        "Misbehaving › the stand-in › a runner that misbehaves › registration_refused: with a token",
        "Misbehaving › the scripted runner › a runner that misbehaves › registration_refused: with a token"
      ]
    },
    {
      name: "a registration never stays",
      file: "src/simulator/github/machine/RunnerSessions.ts",
      find: 'misbehaviour.has("registration_stays")',
      replace: 'misbehaviour.has("connect_error")',
      reds: [
        "Misbehaving › the stand-in › a runner that misbehaves › registration_stays",
        "Misbehaving › the scripted runner › a runner that misbehaves › registration_stays"
      ]
    },
    {
      name: "every version is new enough",
      file: "src/simulator/github/machine/RunnerSessions.ts",
      find: "{ numeric: true }) >= 0",
      replace: "{ numeric: true }) >= -1",
      reds: [
        "StandInToken › a runner › older than GitHub allows",
        "Misbehaving › the stand-in › a runner that misbehaves › deprecated_version"
      ]
    },
    ...scriptedRunner
  ]
}
