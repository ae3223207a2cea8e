import { everyBackend } from "../../support/StoreBackends.ts"
import { changesContract } from "../../support/StoreContractChanges.ts"

for (const backend of everyBackend) changesContract(backend)
