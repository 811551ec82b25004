import { noteAnswer } from "./pulse";
import type { components, operations } from "./schema.gen";

export type Schemas = components["schemas"];

/** An answer of the server that says no: `code` is stable, the message a sentence for people (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
  ) {
    super(sentence);
    this.name = "Refused";
  }
}

/** No answer at all; sending again is safe. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached. What you did is kept here; try again in a moment.");
    this.name = "Unreachable";
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** GET a resource as JSON. */
export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(path + search(query), signal ? { signal } : {});
}

/** POST a JSON body. */
export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>(path, {
    ...(signal ? { signal } : {}),
    method: "POST",
    body: JSON.stringify(body, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    headers: { "content-type": "application/json" },
  });
}

/** DELETE a resource. */
export function remove(path: string): Promise<void> {
  return send<void>(path, { method: "DELETE" });
}

/** POST a form: uploads. */
export function postForm<T>(path: string, query: Query, form: FormData, signal?: AbortSignal): Promise<T> {
  return send<T>(path + search(query), { method: "POST", body: form, ...(signal ? { signal } : {}) });
}

/** Where an image is; its name is its sha256, so it never changes. */
export function imageUrl(sha256: string): string {
  return `/api/v1/images/${sha256}`;
}

/** Where a release is: its files and its archive are below. */
export function releaseUrl(datasetId: string, version: number): string {
  return `/api/v1/datasets/${datasetId}/releases/${version}`;
}

/** Where the draft of a dataset's next release is downloaded, by its owner. */
export function draftArchiveUrl(datasetId: string): string {
  return `/api/v1/datasets/${datasetId}/releases/draft/archive`;
}

export function releaseFileUrl(datasetId: string, version: number, path: string): string {
  return `${releaseUrl(datasetId, version)}/files/${path}`;
}

/** GET the bytes of a file. */
export async function bytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw await refusal(response);
  return new Uint8Array(await response.arrayBuffer());
}

/** The sentence to show for whatever went wrong. */
export function sentence(error: unknown): string {
  return error instanceof Error && error.message ? error.message : "Something went wrong; try again.";
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    noteAnswer(false);
    throw new Unreachable();
  }
  const wrong = response.ok ? null : await refusal(response);
  noteAnswer(!(wrong instanceof Unreachable));
  if (wrong) throw wrong;
  return body<T>(response, init.signal);
}

/** An answer can break off in its middle. */
async function body<T>(response: Response, signal: AbortSignal | null | undefined): Promise<T> {
  try {
    return (response.status === NO_CONTENT ? undefined : await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    noteAnswer(false);
    throw new Unreachable();
  }
}

const NO_CONTENT = 204;

async function refusal(response: Response): Promise<Error> {
  try {
    const problem = (await response.json()) as Schemas["Problem"];
    return new Refused(response.status, problem.code, problem.detail);
  } catch {
    // A proxy in between answers in its own words.
    return response.status >= 500 ? new Unreachable() : new Refused(response.status, "http_error", response.statusText);
  }
}

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

export type Operations = operations;
