import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { HomePage } from "./pages/HomePage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { Shell } from "./Shell";

/** What a dataset page's address says: which images are shown. */
export interface GalleryFilter {
  readonly label?: number;
  readonly accepted?: boolean;
  readonly contributor?: string;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomePage });

const datasets = createRoute({
  getParentRoute: () => root,
  path: "/datasets",
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === "string" && search.q !== "" ? { q: search.q } : {},
  component: lazyRouteComponent(() => import("./pages/DatasetsPage"), "DatasetsPage"),
});

const create = createRoute({
  getParentRoute: () => root,
  path: "/datasets/new",
  component: lazyRouteComponent(() => import("./pages/CreatePage"), "CreatePage"),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$datasetId",
  validateSearch: galleryFilter,
  component: lazyRouteComponent(() => import("./pages/DatasetPage"), "DatasetPage"),
});

const contribute = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$datasetId/contribute",
  component: lazyRouteComponent(() => import("./pages/ContributePage"), "ContributePage"),
});

const release = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$datasetId/releases/$version",
  component: lazyRouteComponent(() => import("./pages/ReleasePage"), "ReleasePage"),
});

const batch = createRoute({
  getParentRoute: () => root,
  path: "/batches/$batchId",
  component: lazyRouteComponent(() => import("./pages/BatchPage"), "BatchPage"),
});

const reviews = createRoute({
  getParentRoute: () => root,
  path: "/review",
  component: lazyRouteComponent(() => import("./pages/ReviewsPage"), "ReviewsPage"),
});

const review = createRoute({
  getParentRoute: () => root,
  path: "/review/$batchId/$round",
  component: lazyRouteComponent(() => import("./pages/ReviewPage"), "ReviewPage"),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/AccountPage"), "AccountPage"),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: "/activity",
  component: lazyRouteComponent(() => import("./pages/ActivityPage"), "ActivityPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    datasets,
    create,
    dataset,
    contribute,
    release,
    batch,
    reviews,
    review,
    account,
    activity,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function galleryFilter(search: Record<string, unknown>): GalleryFilter {
  const { label, accepted, contributor } = search;
  return {
    ...(typeof label === "number" && Number.isInteger(label) ? { label } : {}),
    ...(typeof accepted === "boolean" ? { accepted } : {}),
    ...(typeof contributor === "string" && /^0x[0-9a-fA-F]{40}$/.test(contributor) ? { contributor } : {}),
  };
}
