// How a policy is deleted. Nothing depends on one.
import { useQueryClient } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const words = text.policy.deletion

/** For `DeletionDialog`. `etag`: only if it is what was seen. */
export const usePolicyDeletion = () => {
  const queries = useQueryClient()
  return ({ id, repository_full_name: repository }: Policy, onDeleted: () => void, etag?: string) => ({
    words: { title: words.title(repository), description: words.description, consequences: words.description },
    remove: async () => {
      const headers = etag === undefined ? {} : { headers: { "if-match": etag } }
      await call("DELETE /runner_policies/:id", { params: { id: String(id) }, ...headers })
      return words.done
    },
    onDeleted: () => {
      onDeleted()
      queries.removeQueries({ queryKey: ["policies", String(id)] })
      void queries.invalidateQueries({ queryKey: ["policies"] })
    }
  })
}
