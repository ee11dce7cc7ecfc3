/** The app's home tab. */

import { useEffect } from "react";
import { doAs } from "./api";
import { Blocks } from "./blocks/Blocks";
import { SurfaceContext } from "./controls/surface";
import { useViewSurface } from "./controls/useViewSurface";
import type { View } from "./types";

export function Home({ user, name, view }: { user: string; name: string; view: View | null }) {
  useEffect(() => {
    void doAs(user, "home").catch(() => undefined);
  }, [user]);
  return (
    <section className="pane channel" aria-label={`Home of ${name}`}>
      <header className="pane-head">
        <h1>{name} — Home</h1>
      </header>
      <div className="timeline" tabIndex={0}>
        {view ? <Published key={`${user} ${view.id}`} user={user} view={view} /> : <p className="empty">The app has published nothing here yet.</p>}
      </div>
    </section>
  );
}

function Published({ user, view }: { user: string; view: View }) {
  const surface = useViewSurface(user, view);
  const notice = view.notice || surface.trouble;
  return (
    <SurfaceContext value={surface}>
      {notice && (
        <div className="trouble" role="alert">
          {notice}
        </div>
      )}
      <Blocks blocks={view.blocks} errors={view.errors} />
    </SurfaceContext>
  );
}
