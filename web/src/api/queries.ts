import { queryOptions } from "@tanstack/react-query";
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
export type ReleaseFile = Schemas["ReleaseFileOut"];
export type Draft = Schemas["DraftOut"];
export type Account = Schemas["AccountOut"];
export type Reviewer = Schemas["ReviewerOut"];
export type Review = Schemas["ReviewOut"];
export type Task = Schemas["TaskOut"];
export type Appeal = Schemas["AppealOut"];
export type Standing = Schemas["StandingOut"];

export interface Page<T> {
  readonly results: T[];
  readonly next: string | null;
}

/** What moves by itself is asked for again as long as it is looked at. */
const LIVELY_MS = 2000;
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
    refetchInterval: 5 * LIVELY_MS,
  });
}

export function datasetBatchesQuery(id: string) {
  return queryOptions({
    queryKey: ["dataset", id, "batches"],
    queryFn: ({ signal }) => everything<Batch>("/batches", { dataset_id: id }, signal),
    refetchInterval: 5 * LIVELY_MS,
  });
}

export function datasetItemsQuery(id: string, filter: Query) {
  return queryOptions({
    queryKey: ["dataset", id, "items", filter],
    queryFn: ({ signal }) => everything<Item>(`/datasets/${id}/items`, filter, signal),
    staleTime: 10_000,
  });
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
    refetchInterval: ({ state }) => (state.data && isOver(state.data.phase) ? false : LIVELY_MS),
  });
}

/** A part of what is known of a batch: items, rounds, seats, findings, appeals, standing. */
export function batchPartQuery<T>(id: string, part: string, live: boolean) {
  return queryOptions({
    queryKey: ["batch", id, part],
    queryFn: () => get<T>(`/batches/${id}/${part}`),
    refetchInterval: live ? LIVELY_MS : false,
  });
}

export function batchItemsQuery(id: string) {
  return queryOptions({
    queryKey: ["batch", id, "items"],
    queryFn: () => get<Item[]>(`/batches/${id}/items`),
  });
}

export function eventsQuery(subject: string, live: boolean) {
  return queryOptions({
    queryKey: ["events", subject],
    queryFn: ({ signal }) => everything<ChainEvent>("/events", { subject }, signal),
    refetchInterval: live ? LIVELY_MS : false,
  });
}

export function contributionsQuery(address: string) {
  return queryOptions({
    queryKey: ["contributions", address],
    queryFn: ({ signal }) => everything<Batch>("/batches", { contributor: address }, signal),
    refetchInterval: 3 * LIVELY_MS,
  });
}

export function accountQuery(address: string) {
  return queryOptions({
    queryKey: ["account", address],
    queryFn: () => get<Account>(`/accounts/${address}`),
    refetchInterval: 2 * LIVELY_MS,
  });
}

export function reviewerQuery(address: string) {
  return queryOptions({
    queryKey: ["reviewer", address],
    queryFn: () => get<Reviewer>(`/reviewers/${address}`),
    refetchInterval: 5 * LIVELY_MS,
  });
}

export function reviewsQuery(address: string) {
  return queryOptions({
    queryKey: ["reviews", address],
    queryFn: () => get<Review[]>(`/reviews/${address}`),
    refetchInterval: LIVELY_MS,
  });
}

/** Whether nothing will change any more. */
export function isOver(phase: string): boolean {
  return phase === "Settled" || phase === "Voided" || phase === "Refused";
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
