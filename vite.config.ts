import { defineConfig } from "vite";

// Tests build, too, and say in the environment that they are tests: what they look at is what is shipped.
process.env["NODE_ENV"] = "production";

/** The web page: `src/dashboard` to `dist/dashboard`, which `mjagent serve` serves as it is. */
export default defineConfig({
  root: "src/dashboard",
  // Wherever it is served from.
  base: "./",
  build: {
    outDir: "../../dist/dashboard",
    emptyOutDir: true,
    target: "es2023",
    // The page's policy lets nothing but files of its own in: no data: addresses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
