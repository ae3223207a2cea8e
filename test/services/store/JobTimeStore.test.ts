import { everyBackend } from "../../support/StoreBackends.ts"
import { jobTimesContract } from "../../support/StoreContractJobTimes.ts"

for (const backend of everyBackend) jobTimesContract(backend)
