// What a header must be that is sent to a collector with each batch.
//
// Gotcha: its value is a secret, as a rule, and so may be what stands where the name belongs: neither is in a message.
import * as Redacted from "effect/Redacted"
import type { ConfigReport } from "./ConfigReport.ts"
import type { OtlpTarget } from "./RunnerdConfig.ts"

const nameForm = /^[!#$%&'*+.^_`|~\w-]+$/

/** Anything else would fail at the first call. Spaces within: `Bearer …` has one. */
const valueForm = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** The header, when it can be sent; none otherwise, which has been reported then under these names. */
export const checkHeader = (
  namePath: string,
  name: string | undefined,
  valuePath: string,
  value: Redacted.Redacted | undefined,
  report: ConfigReport
): OtlpTarget["headers"] => {
  if (name !== undefined && !nameForm.test(name)) {
    report.add(namePath, "is no header's name; expected one such as x-honeycomb-team")
  }
  if (value !== undefined && !valueForm.test(Redacted.value(value))) {
    report.add(
      valuePath,
      "holds a line break or a character outside ASCII; expected visible ASCII characters and spaces"
    )
    return []
  }
  return name === undefined || value === undefined ? [] : [{ name: name.toLowerCase(), value }]
}
