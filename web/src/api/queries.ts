import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Hex } from "../protocol/bytes";
import type { Domain } from "../protocol/messages";
import { bytes, get, type Query, releaseFileUrl, type Schemas } from "./http";

export type Dataset = Schemas["DatasetOut"];
export type Batch = Schemas["BatchOut"];
export type Item = Schemas["ItemOut"];
export type Seat = Schemas["SeatOut"];
export type Round = Schemas["RoundOut"];
export type Finding = Schemas["FindingOut"];
export type ChainEvent = Schemas["EventOut"];
export type Release = Schemas["ReleaseOut"];
export type Publication = Schemas["PublicationOut"];
export type ReleaseFile = Schemas["ReleaseFile"];
export type Draft = Schemas["DraftOut"];
export type Me = Schemas["MeOut"];
export type TurnedDown = Schemas["TurnedDownOut"];
export type Account = Schemas["AccountOut"];
export type Reviewer = Schemas["ReviewerOut"];
export type Estimate = Schemas["EstimateOut"];
export type Review = Schemas["ReviewOut"];
export type Task = Schemas["TaskOut"];
export type Appeal = Schemas["AppealOut"];
export type Standing = Schemas["StandingOut"];
export type Figures = Schemas["DatasetFigures"];
export type ClassFigures = Schemas["ClassFigures"];
export type ContributorFigures = Schemas["ContributorFigures"];
export type Span = Schemas["Span"];
export type Step = Schemas["Step"];

export interface Page<T> {
  readonly results: T[];
  readonly next: string | null;
}

/** What no event tells of is asked for again as long as it is looked at. */
export const LIVELY_MS = 2000;
const MOST_PER_PAGE = 500;

export const chainQuery = queryOptions({
  queryKey: ["chain"],
  queryFn: () => get<Schemas["ChainOut"]>("/chain"),
  staleTime: 60_000,
});

export const policyQuery = queryOptions({
  queryKey: ["policy"],
  queryFn: () => get<Schemas["PolicyOut"]>("/policy"),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Where signatures count. */
export function domainOf(chain: Schemas["ChainOut"]): Domain {
  return { chainId: chain.chain_id, contract: chain.contract as Hex };
}

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: ({ signal }) => everything<Dataset>("/datasets", {}, signal),
  staleTime: 10_000,
});

export function datasetQuery(id: string) {
  return queryOptions({
    queryKey: ["dataset", id],
    queryFn: () => get<Dataset>(`/datasets/${id}`),
  });
}

/** The dataset in all, counted by the server. */
export function figuresQuery(id: string) {
  return queryOptions({
    queryKey: ["dataset", id, "statistics"],
    queryFn: ({ signal }) => get<Figures>(`/datasets/${id}/statistics`, {}, signal),
  });
}

export function classFiguresQuery(id: string) {
  return queryOptions({
    queryKey: ["dataset", id, "classes"],
    queryFn: ({ signal }) => everything<ClassFigures>(`/datasets/${id}/classes`, {}, signal),
  });
}

/** Acceptance over time, in at most so many spans. */
export function historyQuery(id: string, spans: number) {
  return queryOptions({
    queryKey: ["dataset", id, "history", spans],
    queryFn: ({ signal }) => get<Span[]>(`/datasets/${id}/history`, { spans }, signal),
  });
}

export function boardQuery(id: string) {
  return pages<ContributorFigures>(["dataset", id, "contributors"], `/datasets/${id}/contributors`, {}, 20);
}

export function datasetBatchesQuery(id: string) {
  return pages<Batch>(["dataset", id, "batches"], "/batches", { dataset_id: id, newest_first: true }, 20);
}

/** The key of a dataset's images under any filter: they are many, and asked for anew only where it is meant. */
export function imagesKey(id: string): readonly string[] {
  return ["images", id];
}

export function imagesQuery(id: string, filter: Query) {
  const query = pages<Item>([...imagesKey(id), filter], `/datasets/${id}/items`, filter, 200);
  // They stay as they are while they are looked at, and are asked for anew by whoever comes back.
  return { ...query, staleTime: Number.POSITIVE_INFINITY, gcTime: 0 };
}

export function releasesQuery(id: string) {
  return queryOptions({
    queryKey: ["dataset", id, "releases"],
    queryFn: ({ signal }) => everything<Release>(`/datasets/${id}/releases`, {}, signal),
  });
}

/** One release with its publication; what was published never changes. */
export function releaseQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["dataset", id, "releases", version],
    queryFn: () => get<Publication>(`/datasets/${id}/releases/${version}`),
    staleTime: 60_000,
  });
}

export function releaseFilesQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["dataset", id, "releases", version, "files"],
    queryFn: ({ signal }) => everything<ReleaseFile>(`/datasets/${id}/releases/${version}/files`, {}, signal),
    staleTime: 60_000,
  });
}

/** A file of a release as text: its card, its certificate. */
export function releaseTextQuery(id: string, version: number, path: string) {
  return queryOptions({
    queryKey: ["dataset", id, "releases", version, "text", path],
    queryFn: async () => new TextDecoder().decode(await bytes(releaseFileUrl(id, version, path))),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function batchQuery(id: string) {
  return queryOptions({
    queryKey: ["batch", id],
    queryFn: () => get<Batch>(`/batches/${id}`),
    // No event tells what becomes of a batch on its way to the chain.
    refetchInterval: ({ state }) => (state.data?.phase === "Queued" ? LIVELY_MS : false),
  });
}

/** A part of what is known of a batch: rounds, seats, findings, appeals, standing. */
export function batchPartQuery<T>(id: string, part: string) {
  return queryOptions({
    queryKey: ["batch", id, part],
    queryFn: () => get<T>(`/batches/${id}/${part}`),
  });
}

export function batchItemsQuery(id: string) {
  return queryOptions({
    queryKey: ["batch", id, "items"],
    queryFn: () => get<Item[]>(`/batches/${id}/items`),
  });
}

/** What happened to a batch on chain, with time and gas. */
export function stepsQuery(id: string) {
  return queryOptions({
    queryKey: ["batch", id, "timeline"],
    queryFn: ({ signal }) => everything<Step>(`/batches/${id}/timeline`, {}, signal),
  });
}

export function contributionsQuery(address: string) {
  return queryOptions({
    queryKey: ["contributions", address],
    queryFn: ({ signal }) => everything<Batch>("/batches", { contributor: address, newest_first: true }, signal),
  });
}

export function accountQuery(address: string) {
  return queryOptions({
    queryKey: ["account", address],
    queryFn: () => get<Account>(`/accounts/${address}`),
  });
}

export function reviewerQuery(address: string) {
  return queryOptions({
    queryKey: ["reviewer", address],
    queryFn: () => get<Reviewer>(`/reviewers/${address}`),
  });
}

export function reviewsQuery(address: string) {
  return queryOptions({
    queryKey: ["reviews", address],
    queryFn: () => get<Review[]>(`/reviews/${address}`),
    refetchInterval: LIVELY_MS,
  });
}

/** Asks as the signed-in account; the way to do so is given, for it knows of sessions. */
type AsSignedIn = <T>(ask: Promise<T>) => Promise<T>;

export function sessionsQuery(address: string, asSignedIn: AsSignedIn) {
  return queryOptions({
    queryKey: ["sessions", address],
    queryFn: () => asSignedIn(get<Schemas["SessionOut"][]>("/sessions")),
  });
}

/** What waits for the signed-in account, and what of its own was turned down, which no event tells of. */
export function meQuery(address: string, asSignedIn: AsSignedIn) {
  return queryOptions({
    queryKey: ["me", address],
    queryFn: () => asSignedIn(get<Me>("/me")),
    refetchInterval: LIVELY_MS,
  });
}

export function keysQuery(address: string, asSignedIn: AsSignedIn) {
  return queryOptions({
    queryKey: ["keys", address],
    queryFn: () => asSignedIn(get<Schemas["KeyOut"][]>("/keys")),
  });
}

/** Whether nothing will change any more. */
export function isOver(phase: string): boolean {
  return phase === "Settled" || phase === "Voided" || phase === "Refused";
}

/** A list page by page, each asked for when it is wanted. */
function pages<T>(queryKey: readonly unknown[], path: string, query: Query, limit: number) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => get<Page<T>>(path, { ...query, after: pageParam, limit }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

/** All pages of a list, one after the other. */
async function everything<T>(path: string, query: Query, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const page: Page<T> = await get<Page<T>>(path, { ...query, after, limit: MOST_PER_PAGE }, signal);
    all.push(...page.results);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return all;
}
