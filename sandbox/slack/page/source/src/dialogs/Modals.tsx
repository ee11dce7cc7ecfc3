/** The modals of the person whom one acts as: the one in front, with the way back. */

import { useEffect, useRef, useState } from "react";
import { doAs } from "../api";
import { Blocks } from "../blocks/Blocks";
import { SurfaceContext } from "../controls/surface";
import { useViewSurface } from "../controls/useViewSurface";
import type { View } from "../types";
import { Dialog } from "./Dialog";

export function Modals({ user, stack }: { user: string; stack: View[] }) {
  const view = stack.at(-1);
  if (!view) return null;
  return <Modal key={`${user} ${view.id}`} user={user} view={view} depth={stack.length} />;
}

interface Props {
  user: string;
  view: View;
  depth: number;
}

function Modal({ user, view, depth }: Props) {
  const surface = useViewSurface(user, view);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState("");

  const tell = async (what: "submit" | "close", body: object = {}) => {
    setSending(what === "submit");
    setProblem("");
    try {
      if (what === "submit") await surface.flush();
      await doAs(user, what, body);
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setSending(false);
    }
  };
  const wrong = Object.keys(view.errors).join(" ");
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const field = wrong && body.current?.querySelector<HTMLElement>(".field.wrong");
    if (!field) return;
    field.querySelector<HTMLElement>("input, select, textarea")?.focus({ preventScroll: true });
    field.scrollIntoView({ block: "nearest" });
  }, [wrong, view.errors]);
  const notice = view.notice || problem || surface.trouble;
  return (
    <Dialog
      title={view.title.text}
      content={`${view.id} ${shapeOf(view)}`}
      onEscape={() => void tell("close")}
      before={
        depth > 1 && (
          <button type="button" className="button plain small" aria-label="Back" onClick={() => void tell("close")}>
            ‹
          </button>
        )
      }
      after={
        <button type="button" className="button plain small" aria-label="Close" onClick={() => void tell("close", { everything: true })}>
          ×
        </button>
      }
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (view.submit && !sending) void tell("submit");
        }}
      >
        <div className="dialog-body" ref={body}>
          {notice && (
            <div className="notice" role="alert">
              {notice}
            </div>
          )}
          <SurfaceContext value={surface}>
            <Blocks blocks={view.blocks} errors={view.errors} />
          </SurfaceContext>
        </div>
        <footer>
          <button type="button" className="button plain" onClick={() => void tell("close")}>
            {view.close?.text ?? (view.submit ? "Cancel" : "Close")}
          </button>
          {view.submit && (
            <button type="submit" className="button primary" aria-busy={sending} disabled={sending}>
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

/** What there is to fill in: when that changes, the focus looks for the first field again. */
const shapeOf = (view: View) => view.blocks.filter((block) => block.type === "input").map((block) => block.block_id).join(" ");
