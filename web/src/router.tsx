import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { filterOf } from "./dataset/filter";
import { HomePage } from "./pages/HomePage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { Shell } from "./Shell";

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
  validateSearch: filterOf,
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

const reviewer = createRoute({
  getParentRoute: () => root,
  path: "/reviewers/$address",
  component: lazyRouteComponent(() => import("./pages/ReviewerPage"), "ReviewerPage"),
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
    reviewer,
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
