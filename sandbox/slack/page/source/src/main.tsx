/** Puts the page together. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "slack-blocks-to-jsx/dist/style.css";
import "./styles/base.css";
import "./styles/bar.css";
import "./styles/channel.css";
import "./styles/controls.css";
import "./styles/dialogs.css";
import "./styles/inspector.css";
import "./styles/narrow.css";
import { App } from "./App";

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
