import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { intakeContract } from "../../support/StoreContractIntake.ts"

intakeContract(sqliteInMemory)
intakeContract(sqliteInFile)
