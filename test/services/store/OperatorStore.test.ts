import { everyBackend } from "../../support/StoreBackends.ts"
import { operatorStoreContract } from "../../support/StoreContractOperator.ts"

for (const backend of everyBackend) operatorStoreContract(backend)
