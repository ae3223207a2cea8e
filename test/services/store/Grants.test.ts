import { everyBackend } from "../../support/StoreBackends.ts"
import { grantsContract } from "../../support/StoreContractGrants.ts"

for (const backend of everyBackend) grantsContract(backend)
