import { everyBackend } from "../../support/StoreBackends.ts"
import { retentionContract } from "../../support/StoreContractRetention.ts"

for (const backend of everyBackend) retentionContract(backend)
