import { everyBackend } from "../../support/StoreBackends.ts"
import { intakeContract } from "../../support/StoreContractIntake.ts"

for (const backend of everyBackend) intakeContract(backend)
