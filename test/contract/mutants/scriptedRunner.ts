// What has been broken in the scripted runner, so that each of its tests was seen red.
import type { Mutation } from "./Mutation.ts"

export const scriptedRunner: ReadonlyArray<Mutation> = [
  {
    name: "the scripted runner says no time before a marker",
    file: "src/simulator/runner/ScriptedLife.ts",
    find: "this.say(`${utc}: ${text}`)",
    replace: "this.say(`${utc} ${text}`)",
    reds: [
      "Conformance › the scripted runner › a runner › with a JIT",
      "Conformance › the scripted runner › a runner › with a registration token",
      "Conformance › the scripted runner › a runner › whose sandbox is killed while idle",
      "Misbehaving › the scripted runner › a runner that misbehaves › connect_error",
      "SameLines › the stand-in and the scripted runner › say the same, line by line, of a job that succeeds"
    ]
  },
  {
    name: "the scripted runner runs steps after one that failed",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: 'if (conclusion !== "success") return "skipped"',
    replace: 'if (conclusion !== "success") return "success"',
    reds: [
      "Conformance › the scripted runner › a runner › reports a failed job",
      "Misbehaving › the scripted runner › a runner that misbehaves › hook_failure"
    ]
  },
  {
    name: "the scripted hooks tell runnerd nothing",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: "life.say(`::runnerd::job",
    replace: "life.sayError(`job",
    reds: [
      "Conformance › the scripted runner › a runner › with a JIT",
      "SameLines › the stand-in and the scripted runner › say the same, line by line, of a job that succeeds"
    ]
  },
  {
    name: "the scripted runner hears no cancellation",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "message.jobId === this.current?.jobId",
    replace: "message.jobId === -1",
    reds: ["Conformance › the scripted runner › a runner › stops a job"]
  },
  {
    name: "a stopped scripted runner goes on polling",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "    this.#machine.sessions.pollEnded(runner, session, this.#held)\n",
    replace: "",
    reds: [
      "Conformance › the scripted runner › a runner › whose sandbox is killed while idle",
      "Conformance › the scripted runner › a runner › whose sandbox is killed during a job",
      "ScriptedRunner › GitHub › sees a runner that was stopped"
    ]
  },
  {
    name: "the steps of a scripted job take no time",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: "if (seconds > 0)",
    replace: "if (seconds < 0)",
    reds: [
      "Conformance › the scripted runner › a runner › is online",
      "ScriptedRunner › time is the given clock's › a job runs for the seconds",
      "ScriptedRunner › GitHub › may end a job on its own"
    ]
  },
  {
    name: "the scripted hooks name no sandbox",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: "`E2B sandbox id: ${sandboxId}`",
    replace: "`E2B sandbox id`",
    reds: ["Conformance › the scripted runner › a runner › tells the job's log"]
  },
  {
    name: "the scripted config.sh forgets the labels",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: 'value("labels")',
    replace: 'value("label")',
    reds: ["Conformance › the scripted runner › a runner › with a registration token"]
  },
  {
    name: "the scripted runner words a deleted registration otherwise",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "The runner no longer exists on the server.",
    replace: "The runner is no more.",
    reds: [
      "Conformance › the scripted runner › a runner › ends by itself",
      "Misbehaving › the scripted runner › a runner that misbehaves › registration_refused: with a JIT",
      "SameLines › the stand-in and the scripted runner › say the same, line by line, of registration_refused"
    ]
  },
  {
    name: "the scripted runner gives up a conflict too early",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "conflictTries = 8",
    replace: "conflictTries = 7",
    reds: [
      "Misbehaving › the scripted runner › a runner that misbehaves › session_conflict",
      "ScriptedRunner › time is the given clock's › a conflict of sessions"
    ]
  },
  {
    name: "the scripted runner knows no exit code 7",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "versionDeprecated = 7",
    replace: "versionDeprecated = 1",
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › deprecated_version"]
  },
  {
    name: "the scripted runner says at each try that it cannot connect",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "if (reachable) life.marker(",
    replace: "life.marker(",
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › connect_error"]
  },
  {
    name: "the scripted runner gives up a wrong clock at once",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "clockTries = 60",
    replace: "clockTries = 1",
    reds: [
      "Misbehaving › the scripted runner › a runner that misbehaves › clock_skew",
      "Misbehaving › the scripted runner › a runner that misbehaves › clocks more than five minutes apart",
      "ScriptedRunner › time is the given clock's › a wrong clock is given up"
    ]
  },
  {
    name: "the scripted run.sh waits too little",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: "life.pause(5000)",
    replace: "life.pause(4000)",
    reds: ["ScriptedRunner › time is the given clock's › a listener that ends with 2"]
  },
  {
    name: "the scripted run.sh does not start the listener again",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: '      life.say("Restarting runner...")\n      continue',
    replace: "      return 0",
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › retry_for_ever"]
  },
  {
    name: "the scripted runner never acts out crash_before_job",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: 'misbehaviour.has("crash_before_job")',
    replace: 'misbehaviour.has("connect_error")',
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › crash_before_job"]
  },
  {
    name: "the scripted runner never acts out silence",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: 'misbehaviour.has("silence")',
    replace: 'misbehaviour.has("connect_error")',
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › silence"]
  },
  {
    name: "the scripted runner never acts out crash_during_job",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: 'misbehaviour.has("crash_during_job")',
    replace: 'misbehaviour.has("connect_error")',
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › crash_during_job"]
  },
  {
    name: "the scripted runner never acts out hook_failure",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: 'misbehaviour.has("hook_failure")',
    replace: 'misbehaviour.has("connect_error")',
    reds: [
      "Misbehaving › the scripted runner › a runner that misbehaves › hook_failure",
      "SameLines › the stand-in and the scripted runner › say the same, line by line, of hook_failure"
    ]
  },
  {
    name: "the scripted runner never acts out leftovers",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: 'misbehaviour.has("leftovers")',
    replace: 'misbehaviour.has("connect_error")',
    reds: ["Misbehaving › the scripted runner › a runner that misbehaves › leftovers"]
  },
  {
    name: "the scripted start script leaves its data",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: "await files.remove(path)\n  const pairs",
    replace: "await files.find(path)\n  const pairs",
    reds: ["ScriptedRunner › the start script › takes its data file away"]
  },
  {
    name: "the scripted runner knows every command",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: "unknownCommand = 127",
    replace: "unknownCommand = 0",
    reds: ["ScriptedRunner › the start script › is the only command"]
  },
  {
    name: "the scripted start script gives up a registration too early",
    file: "src/simulator/runner/ScriptedRunner.ts",
    find: "registrationTries = 10",
    replace: "registrationTries = 9",
    reds: ["ScriptedRunner › the start script › tries a registration ten times"]
  },
  {
    name: "the scripted runner takes an ended session for a deleted registration",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "byCredential(parts.credential) === null",
    replace: "byCredential(parts.credential) !== undefined",
    reds: ["ScriptedRunner › GitHub › may end a session that goes on"]
  },
  {
    name: "the scripted runner dies of a job that was taken back",
    file: "src/simulator/runner/ScriptedListener.ts",
    find: "if (refusal instanceof Refused) continue",
    replace: "if (refusal === null) continue",
    reds: ["ScriptedRunner › GitHub › may take a job back"]
  },
  {
    name: "the scripted runner dies of a job that GitHub ended",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: "if (!(refusal instanceof Refused)) throw refusal",
    replace: "throw refusal",
    reds: ["ScriptedRunner › GitHub › may end a job on its own"]
  },
  {
    name: "the scripted runner draws lots",
    file: "src/simulator/runner/ScriptedJob.ts",
    find: "life.wait(seconds * 1000, cancelled)",
    replace: "life.wait(seconds * (900 + 200 * Math.random()), cancelled)",
    reds: ["ScriptedRunner › a story told twice"]
  }
]
