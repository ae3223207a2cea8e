// How the process and its database are, and what they were told.
import type { DiagnosticsView } from "../../../../src/http/api/DiagnosticsApi.ts"
import { byteText } from "@/components/ByteSize.ts"
import { durationText } from "@/components/Duration.tsx"
import { Facts } from "@/components/Facts.tsx"
import { Section } from "@/components/Section.tsx"
import { OutLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { text } from "@/text/Text.ts"

const words = text.diagnostics
const percent = new Intl.NumberFormat(text.language, { style: "percent" })
const inSeconds = (seconds: number) => durationText(seconds * 1000)

export function Process({ state: { process, versions } }: { state: DiagnosticsView }) {
  const names = words.process
  const { event_loop: loop } = process
  return (
    <Section title={names.title}>
      <Facts
        rows={[
          [names.version, versions.runnerd],
          [names.node, versions.node],
          [names.host, process.host],
          [names.pid, process.pid],
          [names.started, <Time at={process.started_at} />],
          [names.actors, process.actors],
          [names.memory, byteText(process.resident_bytes)],
          [names.heap, names.ofHeap(byteText(process.heap_used_bytes), byteText(process.heap_total_bytes))],
          [names.busy, percent.format(loop.utilization)],
          [names.delay, `${inSeconds(loop.delay_p50_seconds)}, ${inSeconds(loop.delay_p99_seconds)}`]
        ]}
      />
    </Section>
  )
}

export function Database({ state: { database, instance, state, versions } }: { state: DiagnosticsView }) {
  const names = words.database
  return (
    <Section title={names.title}>
      <Facts
        rows={[
          [names.kind, state.backend],
          [names.place, <code className="wrap-anywhere text-xs">{state.database}</code>],
          [names.version, versions.database],
          [names.schema, versions.schema],
          [
            names.answers,
            database.latency_seconds === null ? (
              <span className="text-destructive">{database.error ?? words.no}</span>
            ) : (
              inSeconds(database.latency_seconds)
            )
          ],
          [names.size, database.size_bytes === null ? null : byteText(database.size_bytes)],
          [
            names.instance,
            <>
              <code className="wrap-anywhere text-xs">{instance.id}</code>
              {instance.confirmed ? null : <p className="text-warning">{names.unconfirmed}</p>}
            </>
          ]
        ]}
      />
    </Section>
  )
}

export function Settings({ state: { github, sandbox } }: { state: DiagnosticsView }) {
  const names = words.settings
  const most = sandbox.max_timeout_seconds
  return (
    <Section title={names.title}>
      <Facts
        rows={[
          [names.auth, github.app_id === null ? github.auth_mode : `${github.auth_mode} ${github.app_id}`],
          [names.github, <code className="wrap-anywhere text-xs">{github.api_base_url}</code>],
          [names.registration, github.registration_mode],
          [names.e2b, <code className="wrap-anywhere text-xs">{sandbox.api_url}</code>],
          [
            names.life,
            `${inSeconds(sandbox.timeout_seconds)}, ${most === null ? words.limits.unlimited : inSeconds(most)}`
          ]
        ]}
      />
    </Section>
  )
}

function Profiling({ state: { pprof, profiling_off } }: { state: DiagnosticsView }) {
  const names = words.more
  const [listener] = pprof
  if (listener === undefined) return names.profilingOff(profiling_off ?? "")
  return (
    <>
      <p>{names.profilingAt(listener.address)}</p>
      {listener.dump_script === "" ? (
        <p className="text-warning">{names.profilingUnannounced}</p>
      ) : (
        <>
          <p>{names.profilingHint}</p>
          <code className="wrap-anywhere text-xs">{listener.dump_script}</code>
        </>
      )}
    </>
  )
}

export function More({ state }: { state: DiagnosticsView }) {
  const names = words.more
  return (
    <Section title={names.title}>
      <Facts
        rows={[
          [
            names.api,
            <OutLink href="/docs" className="underline">
              /docs
            </OutLink>
          ],
          [
            names.metrics,
            <>
              <OutLink href="/metrics" className="underline">
                /metrics
              </OutLink>
              , {names.metricsHint}
            </>
          ],
          [names.profiling, <Profiling state={state} />]
        ]}
      />
    </Section>
  )
}
