import { everyBackend } from "../../support/StoreBackends.ts"
import { claimStoreContract } from "../../support/StoreContractClaims.ts"

for (const backend of everyBackend) claimStoreContract(backend)
