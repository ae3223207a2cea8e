// Every text of the console, in English. A translation is another object of this type.
import { advice } from "@/text/en/advice.ts"
import { audit } from "@/text/en/audit.ts"
import { deletion } from "@/text/en/deletion.ts"
import { deliveries, delivery } from "@/text/en/deliveries.ts"
import { diagnostics } from "@/text/en/diagnostics.ts"
import { form } from "@/text/en/form.ts"
import { group, groups } from "@/text/en/groups.ts"
import { dryRun, match } from "@/text/en/match.ts"
import { policies, policy } from "@/text/en/policies.ts"
import { request } from "@/text/en/request.ts"
import { requests } from "@/text/en/requests.ts"
import { overview } from "@/text/en/overview.ts"
import { copy, diff, filters, paging } from "@/text/en/shared.ts"
import { catalogue, enabled, live, role, yesNo } from "@/text/en/shell.ts"
import { spec, specs } from "@/text/en/specs.ts"
import { keys, palette } from "@/text/en/palette.ts"

export const en = {
  /** By which numbers and relative times are written. */
  language: "en",
  product: "runnerd",
  nav: {
    overview: "Overview",
    requests: "Requests",
    specs: "Specs",
    groups: "Groups",
    policies: "Policies",
    match: "Match test",
    deliveries: "Deliveries",
    audit: "Audit",
    diagnostics: "Diagnostics",
    open: "Open navigation",
    main: "Main",
    skip: "Skip to content"
  },
  theme: { label: "Theme", light: "Light", dark: "Dark", system: "System" },
  token: {
    title: "Connect to runnerd",
    description: "Enter an API token of this installation. It stays in this browser.",
    refused: "The token was refused. Enter another; the page behind stays as it is.",
    label: "API token",
    connect: "Connect",
    connected: "Connected",
    locked: "Locked",
    clear: "Clear token"
  },
  states: {
    loading: "Loading",
    failed: "Could not be loaded",
    notRenewed: "What is shown could not be renewed",
    retry: "Try again",
    close: "Close",
    none: "Nothing here yet",
    notAllowed: "Your token may not do this: it needs the role admin.",
    notFound: "There is no such page",
    back: "Back to the overview"
  },
  role,
  live,
  palette,
  keys,
  overview,
  deliveries,
  delivery,
  match,
  dryRun,
  audit,
  diagnostics,
  advice,
  copy,
  diff,
  filters,
  paging,
  requests,
  request,
  specs,
  spec,
  groups,
  group,
  policies,
  policy,
  catalogue,
  form,
  deletion,
  enabled,
  yesNo,
  undo: "Undo"
} as const

type Texts<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer A) => string
      ? (...values: A) => string
      : Texts<T[K]>
}
export type Text = Texts<typeof en>
