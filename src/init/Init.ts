// What `runnerd init` does: asks, writes a configuration with its secrets, and says what is left to do.
//
// Answers for: the order, in which nothing is written before all that is asked for is known to load. Not for arguments
// (InitFlags.ts).
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Hex from "effect/encoding/Hex"
import { generateKeyPair } from "node:crypto"
import { promisify } from "node:util"
import type { Answers } from "./Answers.ts"
import { registerApp } from "./app/AppRegistration.ts"
import { lost } from "./app/Conversion.ts"
import { headerSafeInFile } from "./Checks.ts"
import { checkFiles } from "./CheckedPlan.ts"
import { readGiven } from "./GivenAnswers.ts"
import type { InitOptions } from "./InitFlags.ts"
import { givenUp, InitError, refuse } from "./InitError.ts"
import { calledAs, nextSteps } from "./NextSteps.ts"
import { type Plan, type PlannedSecret, planOf, type SettledAnswers } from "./Plan.ts"
import { asked } from "./Questions.ts"
import { existingSecret, type SecretName, secretPath } from "./SecretFolder.ts"
import { unasked } from "./Unasked.ts"
import { alreadyThere, conflicts, tryOut, type UsedFile, type WantedFile, writeAll } from "./WrittenFiles.ts"

const isTerminal = Effect.gen(function* () {
  const { stdinIsTerminal, stdoutIsTerminal } = yield* Stdio.Stdio
  return (yield* stdinIsTerminal) && (yield* stdoutIsTerminal)
})

/** 256 bits, as `openssl rand -hex 32` makes them. */
const fresh = Effect.gen(function* () {
  const { randomBytes } = yield* SecureRandom.SecureRandom
  return Redacted.make(Hex.encode(yield* randomBytes(32)))
})

const adminToken = Effect.fnUntraced(function* (folder: string) {
  const there = yield* existingSecret(folder, "admin-token", headerSafeInFile).pipe(
    Effect.mapError((problem) => refuse(`${secretPath("admin-token")}: ${problem}`))
  )
  return { name: "admin-token", value: there ?? (yield* fresh), isNew: there === undefined } satisfies PlannedSecret
})

const filesOf = (file: string, resolve: (name: string) => string, plan: Plan): ReadonlyArray<WantedFile> => [
  ...plan.secrets.map(({ name, value }) => ({
    path: resolve(secretPath(name)),
    content: Redacted.make(`${Redacted.value(value)}\n`)
  })),
  // The last one: where it is, all that it names is.
  { path: file, content: Redacted.make(plan.configuration) }
]

const ask = Effect.fnUntraced(function* (options: InitOptions, folder: string) {
  const { given, problems } = yield* readGiven(options, folder)
  if (!(yield* isTerminal)) return yield* unasked(given, problems)
  if (problems.length > 0) return yield* refuse(...problems)
  return yield* asked(given, options.pagePort).pipe(
    Effect.catchTag("QuitError", () => Effect.fail(new InitError({ exitCode: 1, problems: [givenUp] })))
  )
})

/** A key that counts nowhere: with it, all else can be judged before there is an App. */
const rehearsalKey = Effect.promise(async () => {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
  return Redacted.make(privateKey.export({ type: "pkcs8", format: "pem" }).toString().trimEnd())
})

interface Place {
  /** As it was named on the command line, and as it is. */
  readonly configFile: string
  readonly file: string
  readonly resolve: (name: string) => string
}

const placeOf = Effect.fnUntraced(function* (configFile: string, force: boolean) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.resolve(configFile)
  const folder = path.dirname(file)
  const isThere = yield* Effect.orElseSucceed(fs.exists(file), () => true)
  if (isThere && !force) return yield* refuse(alreadyThere(configFile))
  if (!(yield* Effect.orElseSucceed(fs.exists(folder), () => false))) {
    return yield* refuse(`${folder}: no such folder; expected one for the configuration and its secrets`)
  }
  return { configFile, file, resolve: (name) => path.resolve(folder, name) } satisfies Place
})

const report = Effect.fnUntraced(function* (
  { configFile, file, resolve }: Place,
  answers: Answers,
  plan: Plan,
  { copies, used }: { readonly copies: ReadonlyArray<string>; readonly used: ReadonlyArray<UsedFile> },
  installUrl: string | undefined
) {
  const path = yield* Path.Path
  const shown = (name: SecretName) => path.join(path.dirname(configFile), secretPath(name))
  const all = [
    { path: configFile, file, about: "" },
    ...plan.secrets.map(({ isNew, name }) => ({
      path: shown(name),
      file: resolve(secretPath(name)),
      about: isNew ? "made at random" : ""
    }))
  ].map((one) => ({ ...one, used: used.find(({ path }) => path === one.file) }))
  yield* Console.log(
    nextSteps({
      answers,
      command: calledAs(process.argv[1] ?? ""),
      configFile,
      copies,
      written: all.filter(({ used }) => used === undefined),
      used: all.flatMap(({ path, used }) => (used === undefined ? [] : [{ ...used, path }])),
      webhookSecretFile: shown("webhook-secret"),
      adminTokenFile: shown("admin-token"),
      installUrl
    })
  )
})

/** What a signal has to tell: how this ended, or would have. */
interface Ending {
  /** None: all is written. */
  problems: ReadonlyArray<string>
}

/** Nothing is asked of a fiber that a signal interrupted, so the exit code is set here. */
const interrupted = ({ problems }: Ending) =>
  Effect.gen(function* () {
    if (problems.length === 0) return
    yield* Console.error(problems.map((problem) => `init: ${problem}`).join("\n"))
    process.exitCode = 1
  })

const written = Effect.fnUntraced(function* (options: InitOptions, configFile: string, ending: Ending) {
  const { force } = options
  const place = yield* placeOf(configFile, force)
  const answers = yield* ask(options, place.resolve("."))
  const made = { adminToken: yield* adminToken(place.resolve(".")), webhookSecret: yield* fresh }

  /** What would be written, once that is known to load. */
  const checked = Effect.fnUntraced(function* (settled: SettledAnswers) {
    const plan = planOf(settled, made)
    const files = filesOf(place.file, place.resolve, plan)
    yield* checkFiles(place.file, files)
    return { files, plan }
  })
  const write = Effect.fnUntraced(function* (settled: SettledAnswers, installUrl?: string) {
    const { files, plan } = yield* checked(settled)
    yield* report(place, answers, plan, yield* writeAll(files, force), installUrl)
    ending.problems = []
  }, Effect.uninterruptible)

  const { gitHub, publicUrl } = answers
  if (gitHub._tag !== "NewApp") return yield* write({ ...answers, gitHub })
  if (publicUrl === undefined) return yield* Effect.die("a new App without its URL")
  const rehearsal = yield* checked({ ...answers, gitHub: { _tag: "App", id: 1, privateKey: yield* rehearsalKey } })
  const inTheWay = yield* conflicts(rehearsal.files)
  if (inTheWay.length > 0 && !force) return yield* refuse(...inTheWay.map(alreadyThere))
  yield* tryOut(rehearsal.files)
  yield* registerApp({ ...gitHub, publicUrl, gitHubApiUrl: answers.gitHubApiUrl }, gitHub.port, (conversion) =>
    conversion.pipe(
      Effect.tap(({ id, installUrl, name, privateKey, webhookSecret }) =>
        write({ ...answers, webhookSecret, gitHub: { _tag: "App", id, privateKey } }, installUrl).pipe(
          Effect.mapError(({ problems }) => {
            const about = `GitHub made the App ${name}, and its key is lost. ${lost}`
            return new InitError({ exitCode: 1, problems: [...problems, about] })
          })
        )
      ),
      Effect.tapError(({ problems }) =>
        Effect.sync(() => {
          ending.problems = problems
        })
      )
    )
  )
}, Effect.provide(SecureRandom.layerWebCrypto))

/** `configFile`: as it was named on the command line. */
export const init = (options: InitOptions, configFile: string) =>
  Effect.suspend(() => {
    const ending: Ending = { problems: [givenUp] }
    return Effect.onInterrupt(written(options, configFile, ending), () => interrupted(ending))
  })
