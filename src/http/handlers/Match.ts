// Handler of the match test: asks the very admission that webhooks pass, and stores nothing.
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { admit } from "../../domain/Admission.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { asStoreError } from "../../services/store/StoreError.ts"
import { Api } from "../api/Api.ts"
import { matchView } from "./AdmissionViews.ts"
import { orUnavailable } from "./StoreFailures.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "runnerSpecMatch",
  Effect.fnUntraced(function* (handlers) {
    const catalogStore = yield* CatalogStore
    return handlers.handleAll({
      match: Effect.fnUntraced(
        function* ({ payload: { labels = [], repository_full_name: repository } }) {
          const catalog = yield* catalogStore.current
          return matchView(repository, labels, admit({ repository, labels, catalog }))
        },
        asStoreError("match"),
        orUnavailable
      )
    })
  })
)
