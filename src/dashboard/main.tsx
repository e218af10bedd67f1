import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { App, readFirst } from "./app.js";
import { followKeys } from "./keys.js";
import { follow } from "./live/store.js";
import { followAddress } from "./router.js";

const root = document.getElementById("app");
if (root) {
  followAddress();
  readFirst();
  followKeys();
  follow();
  // In a task of its own: with the code above it would block a slow machine for twice as long.
  window.setTimeout(() => render(<App />, root));
}
