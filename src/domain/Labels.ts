// Runner labels: how they are compared, and what a spec may declare.
//
// Answers for: normalisation, the subset rule (job labels ⊆ runner labels), the schema of a spec's labels.
// Not for which spec a job gets (Admission.ts), nor for what a webhook may carry (services/github/WebhookPayload.ts).
// Gotcha: labels keep their order and case where they are shown or registered; only comparisons normalise.
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** The most labels a spec may declare, and the longest label in UTF-16 units. */
export const maxSpecLabels = 100
export const maxLabelLength = 256

/**
 * The form in which labels are compared: trimmed, lower case. GitHub ignores case too: it registers `Linux` and
 * `X64` where workflows say `linux` and `x64`.
 */
export const normalizeLabel = (label: string): string => label.trim().toLowerCase()

/** The distinct normalised labels. Blank ones are dropped. */
export const labelKeys = (labels: Iterable<string>): ReadonlySet<string> => {
  const keys = new Set<string>()
  for (const label of labels) {
    const key = normalizeLabel(label)
    if (key !== "") keys.add(key)
  }
  return keys
}

/**
 * Whether a runner with the labels `have` may run a job that asks for `want`: every label of the job is on the runner.
 * Nothing is implied: `self-hosted`, `linux`, `x64` count only if they are there. True for an empty `want`; that a job
 * without labels matches nothing is admission's rule, not this one's.
 */
export const covers = (have: Iterable<string>, want: Iterable<string>): boolean => {
  const keys = labelKeys(have)
  for (const key of labelKeys(want)) if (!keys.has(key)) return false
  return true
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/

/** Whether the text has C0 or C1 control characters: they break command lines, logs and PostgreSQL (NUL). */
export const hasControlCharacter = (text: string): boolean => controlCharacter.test(text)

const describeProblem = (label: string): string | undefined => {
  if (label.trim() === "") return "a label that is not blank"
  if (label.trim() !== label) return "a label without spaces around it"
  if (label.length > maxLabelLength) return `a label of at most ${maxLabelLength} characters`
  // The runner's --labels option splits at commas, and GitHub refuses or mis-splits them.
  if (label.includes(",")) return "a label without commas"
  if (hasControlCharacter(label)) return "a label without control characters"
  return undefined
}

/** One label of a spec. */
export const Label = Schema.String.check(
  Schema.makeFilter((label: string) => describeProblem(label), { expected: "a runner label" })
)

const distinct = (labels: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const kept: Array<string> = []
  for (const raw of labels) {
    const key = normalizeLabel(raw)
    if (seen.has(key)) continue
    seen.add(key)
    kept.push(raw.trim())
  }
  return kept
}

/**
 * A spec's labels: 1 to 100, each 1 to 256 characters without commas and control characters. Decoding trims each and
 * drops later ones that differ only in case; order and case of the first are kept.
 */
export const LabelList = Schema.Array(Schema.String).pipe(
  Schema.decodeTo(
    Schema.Array(Label).check(
      Schema.makeFilter((labels: ReadonlyArray<string>) => {
        if (labels.length === 0) return "at least one label"
        if (labels.length > maxSpecLabels) return `at most ${maxSpecLabels} labels`
        return labelKeys(labels).size === labels.length ? undefined : "labels that differ in more than case"
      })
    ),
    SchemaTransformation.transform({ decode: distinct, encode: (labels: ReadonlyArray<string>) => labels })
  )
)
export type LabelList = typeof LabelList.Type
