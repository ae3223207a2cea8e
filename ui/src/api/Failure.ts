// What went wrong with a call, as the pages show it.

export interface FieldProblem {
  readonly field: string
  readonly message: string
}

export class Failure extends Error {
  override readonly name = "Failure"
  /** The API's stable code; `unreachable` when there was no answer, `unexpected` when it was none of the contract's. */
  readonly code: string
  readonly details: ReadonlyArray<FieldProblem>
  /** Whether the same call may be answered a little later: nobody answered, or who did could not. */
  readonly passes: boolean

  constructor(message: string, code: string, status: number | null, details: ReadonlyArray<FieldProblem> = []) {
    super(message)
    this.code = code
    this.passes = status === null || status === 429 || status >= 500
    this.details = details
  }
}

export const unreachable = () => new Failure("runnerd cannot be reached", "unreachable", null)

interface ErrorBody {
  readonly error?: string
  readonly code?: string
  readonly details?: ReadonlyArray<FieldProblem>
}

/** The failure that a refusing answer tells of. */
export const failureOf = async (response: Response): Promise<Failure> => {
  const body: ErrorBody = await response.json().catch(() => ({}))
  return new Failure(
    body.error ?? `runnerd answered ${response.status}`,
    body.code ?? (response.status === 401 ? "unauthorized" : "unexpected"),
    response.status,
    body.details
  )
}

/** Whatever went wrong with a call, as a failure. */
export const asFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure(String(error), "unexpected", null)
