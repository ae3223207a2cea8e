// A new spec, empty or like another one.
import { useQuery } from "@tanstack/react-query"
import { useSearch } from "@tanstack/react-router"
import { NewResource } from "@/pages/catalogue/NewResource.tsx"
import { specQuery } from "@/pages/catalogue/Queries.ts"
import { SpecFields } from "@/pages/specs/SpecFields.tsx"
import { createSpec, newSpec, specValues } from "@/pages/specs/SpecForm.ts"
import { TrySpec } from "@/pages/specs/TrySpec.tsx"
import { text } from "@/text/Text.ts"

const words = text.spec

const addressOf = (name: string) => ({ to: "/specs/$name", params: { name } }) as const

export function NewSpec() {
  const { like } = useSearch({ from: "/new/spec" })
  const found = useQuery({
    ...specQuery(like ?? ""),
    enabled: like !== undefined,
    select: ({ body }) => ({ ...specValues(body), name: "" })
  })
  return (
    <NewResource
      resource="specs"
      words={words}
      title={like === undefined ? words.titleNew : words.titleClone(like)}
      values={like === undefined ? newSpec : found.data}
      like={found}
      create={async (values) => {
        const { name } = (await createSpec(values)).body
        return { told: words.created(name), at: addressOf(name) }
      }}
      existsField="name"
      existsAt={({ name }) => addressOf(name.trim())}
      actions={(form) => <TrySpec form={form} />}
    >
      {(form) => <SpecFields control={form.control} isNew />}
    </NewResource>
  )
}
