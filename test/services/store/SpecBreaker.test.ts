import { breakerContract } from "../../support/StoreContractBreaker.ts"
import { everyBackend } from "../../support/StoreBackends.ts"

for (const backend of everyBackend) breakerContract(backend)
