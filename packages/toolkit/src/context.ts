/** `fetch`, with retries, a total deadline and no credentials across hosts (see `http/`). */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** Files below one root. Paths are relative with `/`, or absolute where a person gave them as an input. */
export interface Workspace {
  /** Absolute, real path. */
  readonly root: string
  /**
   * The absolute path of `file`, for libraries that read by themselves.
   * @throws SluiceError PATH_OUTSIDE_WORKSPACE when a relative path, or a link on its way, leads out
   */
  resolve(file: string): Promise<string>
  /** Relative paths of the regular files that match, sorted; links are not followed. `.git` and `node_modules` are skipped. */
  glob(patterns: readonly string[]): Promise<string[]>
  /** @throws SluiceError FILE_NOT_FOUND, FILE_TOO_LARGE, PATH_OUTSIDE_WORKSPACE */
  read(file: string, limit?: number): Promise<Uint8Array>
  /** UTF-8. @throws SluiceError as `read`, and FILE_NOT_TEXT */
  readText(file: string, limit?: number): Promise<string>
  exists(file: string): Promise<boolean>
  /** Writes whole or not at all (temporary file, then rename); makes folders. Returns the absolute path. */
  write(file: string, data: string | Uint8Array): Promise<string>
}

/** Every text is sanitised before it is printed: workflow commands and control characters do not pass. */
export interface Log {
  debug(text: string): void
  info(text: string): void
  warning(text: string): void
}

export interface Clock {
  now(): Date
  /** `YYYY-MM-DD` in UTC. */
  today(): string
  /** Resolves after `milliseconds`; rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** The workflow run, or a person's machine. */
export type RunContext =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'github'
      readonly serverUrl: string
      readonly apiUrl: string
      /** `owner/name` */
      readonly repository: string
      readonly repositoryId: string
      readonly repositoryOwnerId: string
      readonly sha: string
      readonly ref: string
      /** `owner/name/.github/workflows/x.yml@ref` */
      readonly workflowRef: string
      readonly workflowSha: string
      readonly runId: string
      readonly runAttempt: string
      readonly eventName: string
      readonly actor: string
      readonly job: string
      /** `github-hosted` or `self-hosted` */
      readonly runnerEnvironment: string
      /** The event's payload; hostile. */
      readonly event: unknown
    }

/** All that a run may touch besides its inputs (design, section 2: the edge). */
export interface Context {
  readonly workspace: Workspace
  readonly log: Log
  readonly clock: Clock
  readonly fetch: Fetch
  readonly run: RunContext
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /**
   * The workflow's OIDC token for an audience; masked.
   * @throws SluiceError OIDC_TOKEN_UNAVAILABLE
   */
  identityToken(audience: string): Promise<string>
  /** A named variable of the environment (key passwords, DOCKER_CONFIG, HOME …); empty counts as absent. */
  variable(name: string): string | undefined
  /** Hides a value from every later log line. */
  mask(value: string): void
  /** Whether a text holds a value that is hidden; for what is published where no mask reaches. */
  masked(text: string): boolean
}
