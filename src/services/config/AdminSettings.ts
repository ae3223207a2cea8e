// The tokens of the management API: `admin.token`, and those with a name and a role.
//
// Answers for: reading them, and that names and values are there once each, so that a token says who acts. Not for
// comparing them with what a caller sends (http/middleware/BearerAuthorization.ts).
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { admin } from "../../domain/Actor.ts"
import type { ConfigValues } from "./ConfigDocument.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import { show } from "./ConfigReport.ts"
import type { AdminConfig, NamedToken } from "./RunnerdConfig.ts"
import { requireHeaderSafe, requireSecret } from "./SecretFiles.ts"

type NamedValues = NonNullable<ConfigValues["admin"]["tokens"]>[number]

const readToken = Effect.fnUntraced(function* (
  section: string,
  values: Pick<NamedValues, "token" | "token_file">,
  folder: string,
  report: ConfigReport
) {
  const source = { name: `${section}.token`, inline: values.token, file: values.token_file }
  return requireHeaderSafe(source.name, yield* requireSecret(source, folder, report), report)
})

const checkName = (path: string, name: string, report: ConfigReport): void => {
  if (!/^[\w.@-]{1,64}$/.test(name)) {
    report.add(path, `${show(name)} is not accepted; expected 1 to 64 of a-z, A-Z, 0-9, ".", "_", "-" and "@"`)
  } else if (name === admin.name) {
    report.add(path, `${name} is what admin.token is called; expected another name`)
  }
}

/** Whether each value is new; reports those that are not, by the first that has it. */
const checkUnique = (
  values: ReadonlyArray<{ readonly path: string; readonly value: string | undefined }>,
  message: (first: string) => string,
  report: ConfigReport
): void => {
  const first = new Map<string, string>()
  for (const { path, value } of values) {
    if (value === undefined) continue
    const earlier = first.get(value)
    if (earlier === undefined) first.set(value, path)
    else report.add(path, message(earlier))
  }
}

/** All tokens; undefined when one of them is wrong, which has been reported then. */
export const readAdmin = Effect.fnUntraced(function* (
  values: ConfigValues["admin"],
  folder: string,
  report: ConfigReport
) {
  const token = yield* readToken("admin", values, folder, report)
  const named = yield* Effect.forEach(values.tokens ?? [], (entry, index) => {
    const path = `admin.tokens[${index}]`
    if (entry.name !== undefined) checkName(`${path}.name`, entry.name, report)
    return Effect.map(readToken(path, entry, folder, report), (token) => ({ ...entry, path, token }))
  })
  checkUnique(
    named.map(({ name, path }) => ({ path: `${path}.name`, value: name })),
    (earlier) => `is the same as ${earlier}; expected a name of its own, for it says who acts`,
    report
  )
  checkUnique(
    [{ path: "admin", token }, ...named].map(({ path, token }) => ({
      path: `${path}.token`,
      value: token === undefined ? undefined : Redacted.value(token)
    })),
    (earlier) => `has the same value as ${earlier}; expected one of its own, for it says who acts`,
    report
  )
  if (token === undefined) return undefined
  const tokens = named.flatMap(({ name, role, token }): ReadonlyArray<NamedToken> =>
    name === undefined || role === undefined || token === undefined ? [] : [{ name, role, token }]
  )
  return { token, tokens } satisfies AdminConfig
})
