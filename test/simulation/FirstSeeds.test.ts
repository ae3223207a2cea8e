// Half of the seeds; the other half is a file of its own so that two workers share them.
import { seedSuite } from "./SeedSuite.ts"

seedSuite(1, 50)
