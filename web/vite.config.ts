import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server answers the page and the API from one origin; while developing, Vite passes the API on to it.
const server = process.env.SEBRUS_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/sebrus/api/web",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no inline script and no inline picture.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": server } },
  test: { include: ["src/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
