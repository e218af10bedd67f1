import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { App } from "./app.js";
import { followKeys } from "./keys.js";
import { follow } from "./live/store.js";
import { followAddress } from "./router.js";

const root = document.getElementById("app");
if (root) {
  followAddress();
  followKeys();
  follow();
  render(<App />, root);
}
