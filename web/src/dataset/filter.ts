import type { Query } from "../api/http";

export const STATUSES = ["accepted", "rejected", "held", "voided"] as const;
export type Status = (typeof STATUSES)[number];

/** What a dataset page's address says: which images are shown. */
export interface GalleryFilter {
  readonly label?: number;
  readonly status?: Status;
  readonly contributor?: string;
  /** Settled in these blocks, both included. */
  readonly from?: number;
  readonly to?: number;
}

/** A change of the filter; undefined takes that part away. */
export type FilterChange = { readonly [Part in keyof GalleryFilter]?: GalleryFilter[Part] | undefined };

const LABELS = 65_536;

/** The filter that an address says; what makes no sense is left out. */
export function filterOf(search: Readonly<Record<string, unknown>>): GalleryFilter {
  const { label, status, contributor, from, to } = search;
  return changed(
    {},
    {
      label: isCount(label) && label < LABELS ? label : undefined,
      status: STATUSES.find((one) => one === status),
      contributor: typeof contributor === "string" && /^0x[0-9a-fA-F]{40}$/.test(contributor) ? contributor : undefined,
      from: isCount(from) ? from : undefined,
      to: isCount(to) ? to : undefined,
    },
  );
}

/** The filter after a change. */
export function changed(filter: GalleryFilter, change: FilterChange): GalleryFilter {
  return Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined));
}

/** The filter as the server is asked for it. */
export function queryOf({ from, to, ...rest }: GalleryFilter): Query {
  return { ...rest, first_block: from, last_block: to };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
