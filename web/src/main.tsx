import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startActivity } from "./activity/activity";
import { Refused } from "./api/http";
import { router } from "./router";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/charts.css";
import "./styles/grid.css";
import { followTabs } from "./tabs";
import { lookForSession } from "./wallet/session";
import { startWallets } from "./wallet/store";

const queries = new QueryClient({
  defaultOptions: {
    // What the server refuses it refuses again; what it did not answer is worth another try.
    queries: { retry: (count, error) => !(error instanceof Refused) && count < 3, refetchOnWindowFocus: true },
  },
});

followTabs(queries);
void startActivity();
void startWallets();
void lookForSession();

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
